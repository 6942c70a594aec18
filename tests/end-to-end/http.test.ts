import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer, WireClient } from '@parley/testkit';
import { FRAME_PER_CHARACTER } from './support/counted-speech.ts';
import { ask, askUntil, untilSessions } from './support/http.ts';

/** The sum of a metric over all its labels that match; of a histogram, `name_count`. */
function metric(text: string, name: string, labels: RegExp = /(?:)/u): number {
  let sum = 0;
  let isThere = false;
  for (const [, found, label = '', value] of text.matchAll(/^(\w+)(\{[^}]*\})? (\S+)$/gmu)) {
    if (found !== name || !labels.test(label)) continue;
    isThere = true;
    sum += Number(value);
  }
  assert.ok(isThere, `${name} is not among the metrics`);
  return sum;
}

test('the page, health and metrics tell the truth before, while and after there is speech', async () => {
  await using server = await startServer({ config: FRAME_PER_CHARACTER });

  const page = await ask(`${server.url}/`);
  assert.equal(page.status, 200);
  assert.match(page.headers['content-type'] ?? '', /^text\/html/);
  const files = [...page.body.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/gu)].map(([, path]) => path);
  assert.ok(files.length > 0);
  for (const file of files) assert.equal((await ask(`${server.url}/${file}`)).status, 200, file);

  const health = await ask(`${server.url}/health`);
  assert.equal(health.status, 200);
  const report = JSON.parse(health.body) as { status: string; uptime_seconds: number; checks: object };
  assert.equal(report.status, 'ok');
  assert.ok(report.uptime_seconds >= 0);
  assert.deepEqual(Object.keys(report.checks).toSorted(), [
    'asr',
    'leases',
    'livekit',
    'registry',
    'workers',
  ]);
  assert.equal((await ask(`${server.url}/readyz`)).status, 200);
  assert.equal((await ask(`${server.url}/livez`)).status, 200);

  const client = await WireClient.connect(server.wsUrl);
  client.send({ type: 'subscribe', events: ['utterance_end'] });
  client.send('{');
  // Far longer than it takes to ask twice while it is spoken.
  const text = 'A sentence to be counted. '.repeat(12).trim();
  client.say(text);
  await client.frames(5);
  const during = await ask(`${server.url}/metrics`);
  assert.match(during.headers['content-type'] ?? '', /^text\/plain/);
  assert.equal(metric(during.body, 'parley_sessions_active', /websocket.*SPEAKING|SPEAKING.*websocket/u), 1);
  const listed = JSON.parse((await ask(`${server.url}/v1/sessions`)).body) as {
    sessions: { session_id: string; state: string; worker_addr: string }[];
  };
  assert.equal(listed.sessions[0]?.session_id, client.sessionId);
  assert.equal(listed.sessions[0]?.state, 'SPEAKING');
  assert.match(listed.sessions[0]?.worker_addr ?? '', /^grpc:\/\//);
  await client.message('utterance_end');
  await client.leave();
  await untilSessions(server.url, 0);

  const { body } = await ask(`${server.url}/metrics`);
  assert.equal(metric(body, 'parley_frames_sent_total'), text.length);
  assert.equal(metric(body, 'parley_errors_total', /INVALID_MESSAGE/u), 1);
  assert.equal(metric(body, 'parley_sessions_active'), 0);
  assert.equal(metric(body, 'parley_sessions_closed_total', /client_disconnect/u), 1);
  assert.ok(metric(body, 'parley_first_audio_seconds_count') >= 1);
  assert.equal(metric(body, 'parley_frame_lateness_seconds_count'), text.length);
  assert.match(body, /parley_event_loop_delay/);
});

test('without its worker a server is alive but not ready', async () => {
  // Nobody listens there, and nobody is asked before there is something to say.
  await using server = await startServer({
    engine: 'none',
    config: 'routing:\n  static_worker_addr: grpc://127.0.0.1:1\n',
  });
  assert.equal((await ask(`${server.url}/livez`)).status, 200);
  assert.equal((await askUntil(`${server.url}/health`, () => true)).status, 200);
  await using client = await WireClient.connect(server.wsUrl);
  client.say('Hello?');
  assert.equal((await client.message('error'))['code'], 'WORKER_UNAVAILABLE');
});
