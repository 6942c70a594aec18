import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from '@parley/testkit';

test('a server that is to have LiveKit says that there is none, and does not start', async () => {
  const livekit = 'livekit: {enabled: true, url: wss://livekit.example.com, api_key: a, api_secret: b}';
  await assert.rejects(
    startServer({ config: `transport:\n  ${livekit}\n` }),
    /LiveKit is not available in this version: set it to false/,
  );
});

test('a setting that changes nothing is told in the log', async () => {
  await using server = await startServer({ config: 'vad:\n  frame_duration_ms: 30\n' });
  await server.stop();
  const lines = server.stdout().split('\n');
  assert.ok(
    lines.some((line) => line.includes('"key":"vad.frame_duration_ms"') && line.includes('has no effect')),
    server.stdout(),
  );
});
