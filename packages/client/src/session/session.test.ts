import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { ClientMessageV1 } from '@parley/protocol';
import { WebSocket } from 'ws';
import { ParleyClientError, type ClientErrorCode } from '../client-error.ts';
import { connect } from '../connect.ts';
import { createFakeClientClock, type FakeClientClock } from '../testing/fake-client-clock.ts';
import { FakeSink } from '../testing/fake-sink.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../testing/test-server.ts';
import { toneSample, type TestSession } from '../testing/test-session.ts';
import { eventually, until } from '../testing/until.ts';
import type { ConnectOptions } from './connect-options.ts';
import type { ParleySession } from './parley-session.ts';

const LIMIT = { timeout: 20_000 };
const FAST = { maxAttempts: 5, firstDelayMs: 5, maxDelayMs: 20 } as const;

async function serve(t: TestContext, options: TestServerOptions = {}): Promise<TestServer> {
  const server = await startTestServer(options);
  t.after(() => server.close());
  return server;
}

async function join(
  t: TestContext,
  server: TestServer,
  options: Partial<ConnectOptions> = {},
): Promise<{ session: ParleySession; peer: TestSession }> {
  const session = await connect({ url: server.url, reconnect: FAST, ...options });
  t.after(() => session.close());
  return { session, peer: server.session };
}

function texts(messages: readonly ClientMessageV1[]): string[] {
  return messages.flatMap((message) => (message.type === 'text' ? [message.text] : []));
}

function tone(from: number, to: number, rateHz = 48_000): number[] {
  return Array.from({ length: to - from }, (_, i) => toneSample(from + i, rateHz));
}

describe('connecting', LIMIT, () => {
  test('a session starts with the settings asked for, at the rate of its sink', async (t) => {
    const server = await serve(t);
    const { session, peer } = await join(t, server, {
      settings: { language: 'de', output: { container: 'binary' } },
      sink: new FakeSink(24_000),
    });
    assert.equal(session.id, peer.id);
    assert.equal(session.settings.language, 'de');
    assert.equal(session.settings.output.sample_rate, 24_000);
    assert.deepEqual(session.connection, { kind: 'open', resumed: false });
    assert.deepEqual(peer.received, [
      { type: 'session_update', language: 'de', output: { container: 'binary', sample_rate: 24_000 } },
    ]);
  });

  test('the package ws serves where the platform has no WebSocket', async (t) => {
    const server = await serve(t);
    const { session, peer } = await join(t, server, {
      openWebSocket: (url, protocol) => new WebSocket(url, protocol),
    });
    session.say('Hello.');
    await eventually(() => texts(peer.received).includes('Hello.'));
    peer.say(1);
    const frame = await session.once('audio');
    assert.deepEqual([...frame.samples], tone(0, 960));
  });

  test('settings that the server refuses fail the connection with what is wrong', async (t) => {
    const server = await serve(t);
    await assert.rejects(
      connect({ url: server.url, settings: { output: { sample_rate: 32_000 } } }),
      (error) =>
        error instanceof ParleyClientError &&
        error.code === 'INVALID_MESSAGE' &&
        error.message.includes('"output.sample_rate"'),
    );
  });

  test('every way in which no session comes about has its error', async (t) => {
    const closed = await startTestServer();
    await closed.close();
    const silent = await serve(t, { behaviour: () => 'silence' });
    const full = await serve(t, { behaviour: () => 'no_room' });
    const foreign = await serve(t, { subprotocol: 'chat' });
    const aborted = AbortSignal.abort(new Error('changed my mind'));
    const cases: readonly (readonly [ConnectOptions, ClientErrorCode])[] = [
      [{ url: closed.url }, 'CONNECT_FAILED'],
      [{ url: silent.url, connectTimeoutMs: 50 }, 'TIMEOUT'],
      [{ url: full.url }, 'TOO_MANY_CONNECTIONS'],
      [{ url: foreign.url }, 'CONNECT_FAILED'],
      [{ url: foreign.url, openWebSocket: (url: string) => new WebSocket(url) }, 'NOT_PARLEY'],
      [{ url: silent.url, signal: aborted }, 'ABORTED'],
      [{ url: silent.url, signal: AbortSignal.timeout(20) }, 'ABORTED'],
    ];
    for (const [options, code] of cases) {
      await assert.rejects(connect(options), { name: 'ParleyClientError', code }, code);
    }
  });
});

describe('talking', LIMIT, () => {
  test('what is said arrives under its own id, in pieces where it is long', async (t) => {
    const { session, peer } = await join(t, await serve(t));
    const first = session.say('Hello.');
    session.say('😀'.repeat(10_001), { utteranceId: 'long' });
    await eventually(() => peer.received.length === 3);
    assert.deepEqual(peer.received, [
      { type: 'text', text: 'Hello.', is_final: true, utterance_id: first },
      { type: 'text', text: '😀'.repeat(10_000), is_final: false, utterance_id: 'long' },
      { type: 'text', text: '😀', is_final: true, utterance_id: 'long' },
    ]);
    assert.throws(() => session.say(''), { code: 'INVALID_ARGUMENT' });
    for (const utteranceId of ['no spaces', 'parley-1', '', 'x'.repeat(65)]) {
      assert.throws(() => session.say('x', { utteranceId }), { code: 'INVALID_ARGUMENT' });
    }
  });

  test('tokens of a stream arrive complete and in order, the last one final', async (t) => {
    const { session, peer } = await join(t, await serve(t));
    const stream = session.stream();
    const tokens = Array.from({ length: 500 }, (_, i) => ` token-${i}`);
    for (const token of tokens) await stream.write(token);
    stream.end();
    stream.end();
    await eventually(() => peer.received.some((message) => message.type === 'text' && message.is_final));
    const chunks = peer.received.filter((message) => message.type === 'text');
    assert.equal(texts(chunks).join('').trimEnd(), tokens.join(''));
    assert.ok(chunks.every((chunk) => chunk.utterance_id === stream.utteranceId));
    assert.deepEqual(
      chunks.map((chunk) => chunk.is_final),
      chunks.map((_, i) => i === chunks.length - 1),
    );
    assert.ok(chunks.length < 250, `${chunks.length} messages`);
  });

  test('a stream may end with its last piece, which is then the final one', async (t) => {
    const { session, peer } = await join(t, await serve(t));
    const stream = session.stream();
    await stream.write('Hello, ');
    stream.end('world.');
    await eventually(() => peer.received.length === 2);
    const utterance = { type: 'text', utterance_id: stream.utteranceId };
    assert.deepEqual(peer.received, [
      { ...utterance, text: 'Hello, ', is_final: false },
      { ...utterance, text: 'world.', is_final: true },
    ]);
  });

  test('a writer waits for a server that does not confirm, and goes on when it does', async (t) => {
    const { session, peer } = await join(t, await serve(t), { maxUnconfirmedCharacters: 16_000 });
    const onText = peer.onText.bind(peer);
    const asked: ClientMessageV1[] = [];
    peer.onText = (message) => asked.push(message);
    const stream = session.stream();
    let written = 0;
    const writing = (async () => {
      for (; written < 50; written += 1) await stream.write('x'.repeat(500));
    })();
    await eventually(() => texts(asked).length > 0 && asked.some(({ type }) => type === 'ping'));
    assert.ok(written < 50, `${written} tokens were written`);
    assert.throws(() => session.say('y'.repeat(20_000)), { code: 'OUTBOX_FULL' });
    // The server catches up.
    peer.onText = onText;
    for (const message of asked.splice(0)) peer.onText(message);
    await writing;
    stream.end();
    await eventually(() => peer.received.some((message) => message.type === 'text' && message.is_final));
    assert.ok(texts(peer.received).join('').trimEnd() === 'x'.repeat(50 * 500), 'the text is whole');
  });

  test('a writer that waits is let go when the session ends', async (t) => {
    const { session, peer } = await join(t, await serve(t), { maxUnconfirmedCharacters: 16_000 });
    peer.onText = () => {};
    const stream = session.stream();
    const writing = stream.write('x'.repeat(2000));
    session.close().catch(() => {});
    await writing;
    assert.ok(stream.signal.aborted);
  });

  test('no more is sent in a second than the server takes', async (t) => {
    const server = await serve(t, {
      onSession: (session) => Object.assign(session.limits, { max_messages_per_second: 50 }),
    });
    const clock = createFakeClientClock();
    const { session, peer } = await join(t, server, { clock });
    const arrived = async (count: number): Promise<void> => {
      peer.send({ type: 'state', state: 'LISTENING' });
      await session.once('state');
      await eventually(() => texts(peer.received).length >= count);
      assert.equal(texts(peer.received).length, count);
    };
    for (let i = 0; i < 75; i += 1) session.say(`${i}`);
    await arrived(50);
    clock.advance(100);
    await arrived(55);
    clock.advance(400);
    await arrived(75);
    assert.deepEqual(
      texts(peer.received),
      Array.from({ length: 75 }, (_, i) => `${i}`),
    );
  });

  /** A session whose server takes 50 messages a second, all of which were sent. */
  async function exhausted(
    t: TestContext,
  ): Promise<{ session: ParleySession; peer: TestSession; clock: FakeClientClock }> {
    const server = await serve(t, {
      onSession: (session) => Object.assign(session.limits, { max_messages_per_second: 50 }),
    });
    const clock = createFakeClientClock();
    const joined = await join(t, server, { clock });
    for (let i = 0; i < 50; i += 1) joined.session.say(`${i}`);
    await eventually(() => texts(joined.peer.received).length === 50);
    return { ...joined, clock };
  }

  test('PAUSE and RESUME overtake text that waits for the server', async (t) => {
    const { session, peer } = await exhausted(t);
    session.say('waits');
    session.pause();
    session.resume();
    await eventually(() => peer.received.filter(({ type }) => type === 'control').length === 2);
    assert.deepEqual(
      peer.received.slice(50).map((message) => (message.type === 'control' ? message.command : message)),
      ['PAUSE', 'RESUME'],
    );
  });

  test('STOP overtakes text that waits, which is then never said, and what is said after it is', async (t) => {
    const { session, peer, clock } = await exhausted(t);
    const waiting = session.say('waits');
    const stream = session.stream();
    await stream.write('waits too');
    const ended: string[] = [];
    session.on('utteranceEnd', ({ utterance_id: id, reason, heard_text: heard }) => {
      ended.push(`${id} ${reason} ${heard}`);
    });
    session.stop();
    assert.deepEqual(ended, [`${waiting} stopped `, `${stream.utteranceId} stopped `]);
    assert.ok(stream.signal.aborted);
    session.say('after it');
    await eventually(() => peer.received.some(({ type }) => type === 'control'));
    clock.advance(1000);
    await eventually(() => texts(peer.received).includes('after it'));
    assert.equal(texts(peer.received).length, 51);
  });

  test('an utterance of which the server has a part is ended by the server alone', async (t) => {
    const { session, peer } = await join(t, await serve(t));
    const stream = session.stream();
    await stream.write('begun');
    await eventually(() => texts(peer.received).length === 1);
    const away = until(session, 'connection', ({ kind }) => kind === 'waiting');
    peer.cut();
    await away;
    const ended: string[] = [];
    session.on('utteranceEnd', ({ utterance_id: id }) => ended.push(id));
    stream.end(' and not finished');
    session.stop();
    await eventually(() => peer.received.some(({ type }) => type === 'control'));
    assert.deepEqual(texts(peer.received), ['begun']);
    assert.deepEqual(ended, []);
  });

  test('commands given without a connection come down to what they amount to', async (t) => {
    const { session, peer } = await join(t, await serve(t));
    const waiting = until(session, 'connection', ({ kind }) => kind === 'waiting');
    peer.cut();
    await waiting;
    for (let i = 0; i < 1000; i += 1) {
      session.pause();
      session.resume();
      session.stop();
      session.pause();
    }
    session.say('at last');
    await eventually(() => texts(peer.received).length === 1);
    assert.deepEqual(
      peer.received.map((message) => (message.type === 'control' ? message.command : message.type)),
      ['STOP', 'ping', 'PAUSE', 'text'],
    );
  });

  test('an utterance that is interrupted aborts the stream that is still writing it', async (t) => {
    const { session, peer } = await join(t, await serve(t));
    const stream = session.stream();
    await stream.write('Once upon a time');
    peer.send({
      type: 'utterance_end',
      utterance_id: stream.utteranceId,
      reason: 'interrupted',
      heard_ms: 10,
      heard_text: 'Once',
    });
    const end = await session.once('utteranceEnd');
    assert.equal(end.heard_text, 'Once');
    assert.ok(stream.signal.aborted);
    await stream.write(' nobody hears this');
    stream.end();
    const pong = until(session, 'state', () => true);
    peer.onMessage = (message) => {
      if (message.type === 'control') peer.send({ type: 'state', state: 'LISTENING' });
    };
    session.pause();
    await pong;
    assert.equal(texts(peer.received).join(''), 'Once upon a time');
  });

  test('an update resolves with all settings, and one that is refused names the field', async (t) => {
    const { session } = await join(t, await serve(t));
    const settings = await session.update({ output: { encoding: 'mulaw' } });
    assert.deepEqual(settings.output, { encoding: 'mulaw', sample_rate: 8000, container: 'binary' });
    assert.equal(session.settings, settings);
    await assert.rejects(session.update({ input: { sample_rate: 44_100 } }), {
      code: 'INVALID_MESSAGE',
      message: /"input.sample_rate"/,
    });
    assert.equal((await session.update({ language: 'fr' })).language, 'fr');
  });

  test('an error about something else does not refuse an update', async (t) => {
    const { session, peer } = await join(t, await serve(t));
    const errors: string[] = [];
    session.on('error', ({ message }) => errors.push(message));
    const onText = peer.onText.bind(peer);
    peer.onText = (message) => {
      if (message.type === 'text') {
        peer.received.push(message);
        peer.send({ type: 'error', code: 'INVALID_MESSAGE', message: 'about the text' });
      } else {
        onText(message);
      }
    };
    session.say('one');
    const granted = session.update({ language: 'de' });
    session.say('two');
    const refused = session.update({ input: { sample_rate: 44_100 } });
    assert.equal((await granted).language, 'de');
    await assert.rejects(refused, { code: 'INVALID_MESSAGE', message: /"input.sample_rate"/ });
    assert.deepEqual(errors, ['about the text', 'about the text']);
  });

  test('an update that the server drops is refused with the reason', async (t) => {
    const { session, peer } = await join(t, await serve(t));
    const onText = peer.onText.bind(peer);
    peer.onText = (message) => {
      if (message.type !== 'session_update') {
        onText(message);
        return;
      }
      peer.received.push(message);
      peer.send({ type: 'error', code: 'RATE_LIMITED', message: 'this message was dropped' });
    };
    await assert.rejects(session.update({ language: 'de' }), { code: 'RATE_LIMITED' });
  });

  test('microphone audio arrives byte for byte', async (t) => {
    const { session, peer } = await join(t, await serve(t));
    const samples = Int16Array.from([0, 1, -1, 32_767, -32_768]);
    session.sendAudio(samples);
    samples.fill(7);
    session.sendAudio(new Uint8Array([1, 2]));
    await eventually(() => peer.heard.length === 2);
    assert.deepEqual(peer.heard, [
      new Uint8Array([0, 0, 1, 0, 255, 255, 255, 127, 0, 128]),
      new Uint8Array([1, 2]),
    ]);
    assert.throws(() => session.sendAudio(new Uint8Array(3)), { code: 'INVALID_ARGUMENT' });
  });

  test('the end of the session is told once, and nothing can be said after it', async (t) => {
    const { session } = await join(t, await serve(t));
    assert.deepEqual(await session.end(), { kind: 'ended', reason: 'completed' });
    assert.deepEqual(await session.close(), { kind: 'ended', reason: 'completed' });
    assert.equal(session.connection.kind, 'closed');
    assert.throws(() => session.say('too late'), { code: 'SESSION_CLOSED' });
    session.sendAudio(new Int16Array(1));
  });
});

describe('hearing', LIMIT, () => {
  test('nothing of a generation that was cleared is played, also when it arrives later', async (t) => {
    const sink = new FakeSink();
    const { session, peer } = await join(t, await serve(t), { sink });
    peer.say(3);
    await eventually(() => sink.waitingSamples === 3 * 960);
    sink.play(1000);
    peer.clear();
    assert.deepEqual(await session.once('cleared'), { generation: 0, samples: 1000 });
    assert.equal(sink.waitingSamples, 0);
    peer.say(2, 0);
    peer.say(1);
    await eventually(() => sink.waitingSamples > 0);
    sink.play(10_000);
    assert.deepEqual(sink.played, [...tone(0, 1000), ...tone(5 * 960, 6 * 960)]);
    assert.equal(session.speech.stale, 2);
    await eventually(() => peer.received.some(({ type }) => type === 'cleared'));
    assert.deepEqual(
      peer.received.filter(({ type }) => type === 'cleared'),
      [{ type: 'cleared', generation: 0, samples: 1000 }],
    );
  });

  test('what was played is reported on the axis of the session', async (t) => {
    const sink = new FakeSink();
    const { peer } = await join(t, await serve(t), { sink });
    peer.say(2);
    await eventually(() => sink.waitingSamples === 2 * 960);
    sink.play(960);
    sink.play(960);
    await eventually(() => peer.received.filter(({ type }) => type === 'played').length === 2);
    assert.deepEqual(
      peer.received.filter(({ type }) => type === 'played'),
      [
        { type: 'played', generation: 0, samples: 960 },
        { type: 'played', generation: 0, samples: 1920 },
      ],
    );
  });

  test('STOP falls silent here at once, and plays what is said after it', async (t) => {
    const sink = new FakeSink();
    const { session, peer } = await join(t, await serve(t), { sink });
    peer.onMessage = (message) => {
      if (message.type !== 'control') return;
      // Said before the server knew of it, and there is nothing left to clear.
      peer.say(2);
    };
    peer.say(3);
    await eventually(() => sink.waitingSamples === 3 * 960);
    sink.play(960);
    session.stop();
    assert.equal(sink.waitingSamples, 0);
    await eventually(() => session.speech.stale === 2);
    peer.say(1);
    await eventually(() => sink.waitingSamples === 960);
    sink.play(10_000);
    assert.deepEqual(sink.played, [...tone(0, 960), ...tone(5 * 960, 6 * 960)]);
  });

  test('STOP reports where playback stood, when the server asks', async (t) => {
    const sink = new FakeSink();
    const { session, peer } = await join(t, await serve(t), { sink });
    peer.onMessage = (message) => {
      if (message.type === 'control') peer.clear();
    };
    peer.say(3);
    await eventually(() => sink.waitingSamples === 3 * 960);
    sink.play(1000);
    session.stop();
    // Here at once, and again when the server asks.
    assert.deepEqual(await session.once('cleared'), { generation: 0, samples: 1000 });
    assert.deepEqual(await session.once('cleared'), { generation: 0, samples: 1000 });
    await eventually(() => peer.received.some(({ type }) => type === 'cleared'));
    assert.deepEqual(
      peer.received.filter(({ type }) => type === 'cleared'),
      [{ type: 'cleared', generation: 0, samples: 1000 }],
    );
  });

  test('playback goes on only when neither the user nor the server holds it', async (t) => {
    const sink = new FakeSink();
    const { session, peer } = await join(t, await serve(t), { sink });
    session.pause();
    assert.ok(sink.isPaused);
    peer.send({ type: 'pause', generation: 0 });
    assert.equal(await session.once('held'), true);
    session.resume();
    assert.ok(sink.isPaused, 'the server still holds');
    peer.send({ type: 'resume', generation: 0 });
    assert.equal(await session.once('held'), false);
    assert.ok(!sink.isPaused);
    session.pause();
    peer.send({ type: 'pause', generation: 0 });
    await session.once('held');
    const released = session.once('held');
    peer.clear();
    await session.once('cleared');
    assert.equal(await released, false, 'no resume follows a clear');
    assert.ok(!sink.isPaused, 'a new generation starts unheld');
    peer.send({ type: 'pause', generation: 1 });
    assert.equal(await session.once('held'), true);
    assert.ok(sink.isPaused, 'and can be held like any other');
  });

  test('speech as JSON is heard like any other', async (t) => {
    const sink = new FakeSink();
    const { peer } = await join(t, await serve(t), { sink });
    const pcm = Buffer.from(Int16Array.from([1, -2, 3]).buffer).toString('base64');
    const audio = { type: 'audio', pcm, sample_rate: 48_000, frame_ms: 20, generation: 0 };
    peer.sendRaw(JSON.stringify({ ...audio, sequence: 1, sample_offset: 0 }));
    peer.sendRaw(JSON.stringify({ ...audio, sequence: 2, sample_offset: 3 }));
    await eventually(() => sink.waitingSamples === 6);
    sink.play(6);
    assert.deepEqual(sink.played, [1, -2, 3, 1, -2, 3]);
  });

  test('speech that a sink finds no room for later is reported', async (t) => {
    let overflow: (samples: number) => void = () => assert.fail('nobody asked to be told');
    const sink = Object.assign(new FakeSink(), {
      onOverflow: (listener: (samples: number) => void) => {
        overflow = listener;
      },
    });
    const { session } = await join(t, await serve(t), { sink });
    const told = session.once('error');
    overflow(960);
    const { cause, code } = await told;
    assert.equal(code, 'PLAYBACK_FAILED');
    assert.match(String(cause), /no room for 960 more samples/);
  });

  test('a sink that fails and a server that breaks the protocol are reported, and the session goes on', async (t) => {
    const { session, peer } = await join(t, await serve(t), { sink: new FakeSink(48_000, 960) });
    peer.say(2);
    assert.equal((await session.once('error')).code, 'PLAYBACK_FAILED');
    peer.sendRaw(new Uint8Array(5));
    assert.equal((await session.once('error')).code, 'CONNECTION_ERROR');
    peer.sendRaw('{"type":"state"}');
    assert.match((await session.once('error')).message, /"state" is missing/);
    peer.sendRaw('{"type":"from_the_future"}');
    peer.send({ type: 'error', code: 'SYNTHESIS_FAILED', message: 'It could not be said.' });
    assert.equal((await session.once('error')).code, 'SYNTHESIS_FAILED');
    assert.equal(session.connection.kind, 'open');
  });
});

describe('losing the connection', LIMIT, () => {
  test('a cut in the middle of speech and text loses nothing and repeats nothing', async (t) => {
    const sink = new FakeSink();
    const server = await serve(t);
    const { session, peer } = await join(t, server, { sink });
    const states: string[] = [];
    session.on('state', (state) => states.push(state));
    for (let round = 0; round < 10; round += 1) {
      const connected = until(session, 'connection', ({ kind }) => kind === 'open');
      session.say(`before ${round}`);
      peer.say(3);
      peer.send({ type: 'state', state: 'SPEAKING' });
      peer.cut();
      session.say(`while ${round}`);
      peer.say(2);
      peer.send({ type: 'state', state: 'LISTENING' });
      assert.deepEqual(await connected, { kind: 'open', resumed: true });
      session.say(`after ${round}`);
      await eventually(() => texts(peer.received).includes(`after ${round}`));
    }
    await eventually(() => sink.waitingSamples === 50 * 960 && states.length === 20);
    sink.play(60 * 960);
    assert.deepEqual(sink.played, tone(0, 50 * 960));
    assert.deepEqual(session.speech.missingSamples, 0);
    const rounds = Array.from({ length: 10 }, (_, i) => [`before ${i}`, `while ${i}`, `after ${i}`]);
    assert.deepEqual(texts(peer.received), rounds.flat());
    assert.deepEqual(states, Array.from({ length: 10 }, () => ['SPEAKING', 'LISTENING']).flat());
    assert.equal(server.sessions.length, 1);
  });

  test('what is received is counted as the server counts it, whatever it is', async (t) => {
    const sink = new FakeSink();
    const { session, peer } = await join(t, await serve(t), {
      sink,
      settings: { output: { container: 'json' } },
    });
    const states: string[] = [];
    session.on('state', (state) => states.push(state));
    peer.say(3);
    peer.sendEvent('{"type":"from_the_future"}');
    peer.sendEvent('{"type":"state"}');
    peer.send({ type: 'state', state: 'SPEAKING' });
    await eventually(() => states.length === 1);
    const back = until(session, 'connection', ({ kind }) => kind === 'open');
    peer.cut();
    peer.send({ type: 'state', state: 'LISTENING' });
    peer.say(1);
    assert.deepEqual(await back, { kind: 'open', resumed: true });
    await eventually(() => sink.waitingSamples === 4 * 960);
    assert.deepEqual(states, ['SPEAKING', 'LISTENING']);
    assert.equal(session.speech.repeated, 0);
  });

  test('a cut between the chunks of a stream leaves its text whole', async (t) => {
    const { session, peer } = await join(t, await serve(t));
    const stream = session.stream();
    const tokens = Array.from({ length: 40 }, (_, i) => ` ${i}`);
    let cuts = 0;
    peer.onMessage = (message) => {
      // Processed, but the client cannot know: it must not send this one again.
      if (message.type === 'text' && cuts < 3) {
        cuts += 1;
        peer.cut();
      }
    };
    for (const token of tokens) {
      await stream.write(token);
      await new Promise((resolve) => {
        setTimeout(resolve, 3);
      });
    }
    stream.end();
    await eventually(() => peer.received.some((message) => message.type === 'text' && message.is_final));
    assert.equal(texts(peer.received).join('').trimEnd(), tokens.join(''));
    assert.equal(cuts, 3);
  });

  test('whoever writes as soon as the connection is back writes once, after what was said before', async (t) => {
    const { session, peer } = await join(t, await serve(t));
    const say = (text: string): void => {
      if (peer.isConnected) session.say(text);
    };
    session.on('connection', (state) => {
      if (state.kind === 'open') say('told of the connection');
    });
    session.on('settings', () => say('told of the settings'));
    session.say('before');
    await eventually(() => texts(peer.received).length === 1);
    for (let count = 1; count <= 2; count += 1) {
      peer.cut();
      await until(session, 'connection', ({ kind }) => kind === 'waiting');
      session.say('while away');
      await eventually(() => texts(peer.received).length === 1 + 3 * count);
    }
    const round = ['while away', 'told of the settings', 'told of the connection'];
    assert.deepEqual(texts(peer.received), ['before', ...round, ...round]);
  });

  test('an interruption during the cut is made up for before anything else is played', async (t) => {
    const sink = new FakeSink();
    const { session, peer } = await join(t, await serve(t), { sink });
    peer.say(5);
    await eventually(() => sink.waitingSamples === 5 * 960);
    sink.play(960);
    peer.cut();
    peer.say(1);
    peer.clear();
    peer.say(1);
    assert.deepEqual(await session.once('cleared'), { generation: 0, samples: 960 });
    await eventually(() => sink.waitingSamples > 0);
    sink.play(10_000);
    assert.deepEqual(sink.played, [...tone(0, 960), ...tone(6 * 960, 7 * 960)]);
  });

  test('microphone audio of the time without a connection follows, the newest of it', async (t) => {
    const { session, peer } = await join(t, await serve(t), { microphoneBacklogMs: 40 });
    const waiting = until(session, 'connection', ({ kind }) => kind === 'waiting');
    const connected = until(session, 'connection', ({ kind }) => kind === 'open');
    peer.cut();
    await waiting;
    const samples = new Int16Array(320);
    for (let i = 1; i <= 5; i += 1) session.sendAudio(samples.fill(i));
    await connected;
    await eventually(() => peer.heard.length === 2);
    assert.deepEqual(
      peer.heard.map((bytes) => bytes[0]),
      [4, 5],
    );
  });

  for (const [format, messageOf] of [
    [{ encoding: 'pcm_s16le', sample_rate: 48_000 }, () => new Uint8Array(1920)],
    [{ encoding: 'mulaw', sample_rate: 8000 }, () => new Uint8Array(160)],
    // One frame of 20 ms, by its first byte.
    [{ encoding: 'opus', sample_rate: 48_000 }, () => Uint8Array.of(1 << 3, 1, 2, 3)],
  ] as const) {
    test(`the same time of microphone audio waits in ${format.encoding} of ${format.sample_rate} Hz`, async (t) => {
      const { session, peer } = await join(t, await serve(t), { settings: { input: format } });
      const waiting = until(session, 'connection', ({ kind }) => kind === 'waiting');
      const connected = until(session, 'connection', ({ kind }) => kind === 'open');
      peer.cut();
      await waiting;
      for (let ms = 0; ms < 3000; ms += 20) session.sendAudio(messageOf());
      await connected;
      session.say('after it');
      await eventually(() => texts(peer.received).length === 1);
      assert.equal(peer.heard.length * 20, 2000);
    });
  }

  test('a server that has forgotten the session gets a new one with the same settings, and the app is told', async (t) => {
    const server = await serve(t);
    const sink = new FakeSink(16_000);
    const { session, peer } = await join(t, server, { sink, settings: { language: 'de' } });
    await session.update({ vad: { enabled: false } });
    const stream = session.stream();
    await stream.write('half a sen');
    await eventually(() => texts(peer.received).length > 0);
    peer.say(5);
    await eventually(() => sink.waitingSamples > 0);
    const waiting = until(session, 'connection', ({ kind }) => kind === 'waiting');
    const replaced = session.once('replaced');
    server.forget();
    peer.cut();
    await waiting;
    session.say('said while away');
    const { previousId, id } = await replaced;
    assert.equal(previousId, peer.id);
    assert.equal(id, server.session.id);
    assert.equal(session.id, id);
    assert.ok(stream.signal.aborted);
    await eventually(() => texts(server.session.received).length > 0);
    assert.deepEqual(texts(server.session.received), ['said while away']);
    assert.equal(server.session.settings.language, 'de');
    assert.equal(server.session.settings.vad.enabled, false);
    assert.equal(server.session.settings.output.sample_rate, 16_000);
    server.session.say(1);
    await eventually(() => sink.waitingSamples === 320);
    sink.play(10_000);
    assert.deepEqual(sink.played, tone(0, 320, 16_000));
    assert.equal(
      server.session.received.some(({ type }) => type === 'cleared'),
      false,
      'positions of the former session mean nothing to the new one',
    );
  });

  test('a dead connection that nobody closes is noticed', async (t) => {
    const { session, peer } = await join(t, await serve(t), { heartbeatMs: 20 });
    await eventually(() => session.rttMs !== undefined);
    peer.onText = () => {};
    const waiting = await until(session, 'connection', ({ kind }) => kind === 'waiting');
    assert.ok(waiting.kind === 'waiting' && waiting.cause.code === 'TIMEOUT');
  });

  test('after the last attempt the session is given up', async (t) => {
    const server = await startTestServer();
    const { session } = await join(t, server, { reconnect: { ...FAST, maxAttempts: 2 } });
    const attempts: number[] = [];
    session.on('connection', (state) => {
      if (state.kind === 'reconnecting') attempts.push(state.attempt);
    });
    await server.close();
    const end = await session.ended;
    assert.ok(
      (end.kind === 'failed' && end.error.code === 'CONNECT_FAILED') ||
        (end.kind === 'failed' && end.error.code === 'CONNECTION_LOST'),
    );
    assert.deepEqual(attempts, [1, 2]);
  });

  test('a client that is told that it breaks the rules does not come back', async (t) => {
    const server = await serve(t);
    const { session, peer } = await join(t, server);
    peer.leave(1008, 'too many invalid messages');
    const end = await session.ended;
    assert.ok(end.kind === 'failed');
    assert.match(end.error.message, /too many invalid messages/);
    assert.equal(server.connections, 1);
  });

  test('closing while it waits for the next attempt ends the wait', async (t) => {
    const { session, peer } = await join(t, await serve(t), {
      reconnect: { maxAttempts: 5, firstDelayMs: 60_000, maxDelayMs: 60_000 },
      random: () => 0.9,
    });
    const waiting = until(session, 'connection', ({ kind }) => kind === 'waiting');
    peer.cut();
    await waiting;
    assert.deepEqual(await session.close(), { kind: 'closed' });
  });
});
