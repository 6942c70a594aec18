import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ServerProcess, startServer, WireClient } from '@parley/testkit';
import { assertSpoken, FRAME_PER_CHARACTER, readCounted } from './support/counted-speech.ts';
import { askUpgrade, countSessions, untilSessions } from './support/http.ts';
import { startMetronome } from './support/metronome.ts';

/** About two seconds, different for everybody, in several segments. */
function textOf(number: number): string {
  return `Client number ${number} has a text of its own. It goes on for ${number} reasons, none of which matters much! The end.`;
}

describe('many clients at once', () => {
  let server: ServerProcess;
  before(async () => {
    server = await startServer({ config: FRAME_PER_CHARACTER });
  });
  after(() => server.stop());

  test('whatever some of twenty do, the others hear every sample of their own text', async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => WireClient.connect(server.wsUrl)));
    for (const [number, client] of clients.entries()) client.say(textOf(number));
    const [abrupt, stopper, sleeper, pauser, babbler, polite, ...others] = clients;
    assert.ok(abrupt && stopper && sleeper && pauser && babbler && polite);
    await Promise.all(clients.map((client) => client.frames(20)));
    assert.equal(await countSessions(server.url), 20);

    abrupt.socket.terminate();
    stopper.control('STOP');
    sleeper.socket.pause();
    pauser.control('PAUSE');
    for (let fault = 0; fault < 20; fault += 1) babbler.send('{"type":');
    await polite.leave();
    assert.equal((await babbler.closed).code, 1008);
    await Promise.all([abrupt.closed, stopper.settled(), pauser.settled()]);
    const stoppedAt = stopper.frameCount;
    const pausedAt = pauser.frameCount;

    await Promise.all(others.map((client, index) => client.frames(textOf(index + 6).length)));
    for (const [index, client] of others.entries()) assertSpoken(client.samples(), textOf(index + 6));
    assert.equal(stopper.frameCount, stoppedAt);
    assert.equal(pauser.frameCount, pausedAt);
    assert.equal(await countSessions(server.url), 17);

    sleeper.socket.resume();
    pauser.control('RESUME');
    await Promise.all([sleeper.frames(textOf(2).length), pauser.frames(textOf(3).length)]);
    assertSpoken(sleeper.samples(), textOf(2));
    assertSpoken(pauser.samples(), textOf(3));
    await Promise.all(clients.map((client) => client.leave()));
    await untilSessions(server.url, 0);
  });

  test("one client's end does not silence another who speaks with the same worker", async () => {
    await using stays = await WireClient.connect(server.wsUrl);
    stays.say(textOf(0));
    for (let round = 1; round <= 5; round += 1) {
      const leaves = await WireClient.connect(server.wsUrl);
      leaves.say(textOf(round));
      await leaves.frames(5);
      if (round % 2 === 0) leaves.socket.terminate();
      else await leaves.leave();
      await stays.frames(stays.frameCount + 5);
    }
    await stays.frames(textOf(0).length);
    assertSpoken(stays.samples(), textOf(0));
    stays.say('Still here.');
    await stays.frames(textOf(0).length + 'Still here.'.length);
    assertSpoken(stays.samples(), textOf(0), 'Still here.');
  });
});

test('beyond max_connections there is a 503 that says when to come back, until somebody leaves', async () => {
  await using server = await startServer({
    config: FRAME_PER_CHARACTER,
    args: ['--set', 'transport.websocket.max_connections=2'],
  });
  await using first = await WireClient.connect(server.wsUrl);
  const second = await WireClient.connect(server.wsUrl);
  const refusal = await askUpgrade(server.url);
  assert.equal(refusal.status, 503);
  assert.ok(Number(refusal.headers['retry-after']) > 0);
  assert.match(refusal.body, /TOO_MANY_CONNECTIONS/);
  await second.leave();
  await untilSessions(server.url, 1);
  await using third = await WireClient.connect(server.wsUrl);
  for (const client of [first, third]) {
    client.say('Hello.');
    await client.frames('Hello.'.length);
    assertSpoken(client.samples(), 'Hello.');
  }
});

test('a client that reads nothing is given up with 1013, having lost no frame, and the others go on', async () => {
  const settings = [
    'transport.websocket.slow_consumer_timeout_ms=300',
    'transport.websocket.max_messages_per_second=0',
    'session.max_queued_utterances=20',
  ];
  await using server = await startServer({
    config: FRAME_PER_CHARACTER,
    args: settings.flatMap((setting) => ['--set', setting]),
  });
  const metronome = await startMetronome(server.wsUrl);
  const client = await WireClient.connect(server.wsUrl);
  await client.message('session_start');
  client.socket.pause();
  const texts = Array.from({ length: 20 }, (_, number) => textOf(number));
  for (const text of texts) client.say(text);
  // It takes half a minute of speech to fill the system's own buffers: short answers to refused texts do it sooner.
  for (let count = 0; count < 25_000; count += 1) client.say('Refused.');
  await untilSessions(server.url, 1);
  client.socket.resume();
  assert.equal((await client.closed).code, 1013);
  assert.equal(client.errorCodes.at(-1), 'SLOW_CONSUMER');
  assert.equal((await client.message('session_end'))['reason'], 'error');
  assert.notEqual(readCounted(client.samples(), texts.join('')).rest, '');
  await metronome.beats(10);
  await metronome.stop();
});
