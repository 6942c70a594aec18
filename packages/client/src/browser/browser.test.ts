import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { skipWithout } from '@parley/testkit';
import { wavHeader } from '../node/wav-format.ts';
import { converseInBrowser } from '../testing/browser-conversation.ts';
import { converse } from '../testing/converse.ts';
import { startTestServer } from '../testing/test-server.ts';

const RATE_HZ = 48_000;

/** Half a second of quiet, a second and a half of loud, and quiet. */
function loudWav(): Uint8Array {
  const samples = Int16Array.from({ length: 4 * RATE_HZ }, (_, i) =>
    i > RATE_HZ / 2 && i < 2 * RATE_HZ ? 12_000 * Math.sin((2 * Math.PI * 300 * i) / RATE_HZ) : 0,
  );
  return Buffer.concat([wavHeader(RATE_HZ, samples.length), new Uint8Array(samples.buffer)]);
}

test(
  'in Chromium the SDK plays, is interrupted by the microphone, loses its connection and resumes',
  { skip: skipWithout('chromium'), timeout: 120_000 },
  async (t) => {
    const stops: (() => void)[] = [];
    const server = await startTestServer({ onSession: (session) => stops.push(converse(session)) });
    t.after(async () => {
      for (const stop of stops) stop();
      await server.close();
    });
    const folder = await mkdtemp(join(tmpdir(), 'parley-browser-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const microphoneFile = join(folder, 'user.wav');
    await writeFile(microphoneFile, loudWav());

    const heard = await converseInBrowser({
      serverUrl: server.url,
      microphoneFile,
      interruptedText: 'This is cut off.',
      resumedText: 'This is heard to its end.',
    });

    t.diagnostic(JSON.stringify(heard));
    assert.deepEqual(heard.problems, []);
    assert.ok(heard.loudest > 0.2 && heard.loudest < 0.3, `a tone of a quarter, but ${heard.loudest}`);
    assert.equal(heard.waitingAfterClear, 0);
    assert.ok(heard.playedAtClear < heard.receivedAtClear, 'nothing is played while it is held');
    assert.ok(heard.resumed);
    assert.equal(heard.missingSamples, 0);
    assert.equal(heard.connections, 2);
    assert.equal(server.sessions.length, 1);
    const interesting = heard.events.filter((event) => !/^(?:state:|cleared)/.test(event));
    assert.deepEqual(interesting, [
      'held',
      'released',
      'utteranceEnd:interrupted',
      'connection:waiting',
      'connection:reconnecting',
      'connection:open',
      'utteranceEnd:completed',
      'connection:closed',
    ]);
    // All of the second utterance, every sample once.
    assert.equal(heard.playedAtEnd - heard.playedAtClear, 4 * RATE_HZ);
    const cleared = server.session.received.find(({ type }) => type === 'cleared');
    assert.ok(cleared?.type === 'cleared');
    assert.equal(cleared.samples, heard.playedAtClear, 'the server knows to the sample what was heard');
  },
);
