import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ServerProcess, startServer, WireClient } from '@parley/testkit';
import { assertSpoken, FRAME_PER_CHARACTER, readCounted, toneWorker } from './support/counted-speech.ts';
import { startMetronome, type Metronome } from './support/metronome.ts';

const TEXT = 'A sentence of some length, so that there is time to interrupt it.';
const NEXT = 'And this one is whole.';
/** Frames that another session gets meanwhile: enough for anything that is still on its way to show. */
const A_WHILE = 15;

describe('PAUSE, RESUME and STOP', () => {
  let server: ServerProcess;
  let metronome: Metronome;
  before(async () => {
    server = await startServer({ config: FRAME_PER_CHARACTER });
    metronome = await startMetronome(server.wsUrl);
  });
  after(async () => {
    await metronome.stop();
    await server.stop();
  });

  async function connect(): Promise<WireClient> {
    const client = await WireClient.connect(server.wsUrl);
    client.send({ type: 'subscribe', events: ['utterance_start', 'utterance_end'] });
    return client;
  }

  function endings(client: WireClient): unknown[] {
    return client.messages.flatMap(({ type, reason }) => (type === 'utterance_end' ? [reason] : []));
  }

  /** Waits until the server has taken what was sent, then makes sure that it sends no more audio. */
  async function assertSilent(client: WireClient): Promise<void> {
    await client.settled();
    const { frameCount } = client;
    await metronome.beats(A_WHILE);
    await client.settled();
    assert.equal(client.frameCount, frameCount, 'no frame came meanwhile');
  }

  async function assertSpeaks(client: WireClient, text: string = NEXT): Promise<void> {
    const from = client.frameCount;
    client.say(text);
    await client.frames(from + text.length);
    assertSpoken(client.samples(from), text);
  }

  test('a pause in the middle holds every frame, and the very next one follows it', async () => {
    await using client = await connect();
    client.say(TEXT);
    await client.frames(10);
    client.control('PAUSE');
    await assertSilent(client);
    assert.ok(client.frameCount < TEXT.length);
    client.control('RESUME');
    await client.frames(TEXT.length);
    assertSpoken(client.samples(), TEXT);
  });

  test('pausing and resuming at every third frame loses and repeats nothing', async () => {
    await using client = await connect();
    client.say(TEXT);
    for (let frames = 3; frames < TEXT.length; frames += 3) {
      await client.frames(frames);
      client.control('PAUSE');
      client.control('RESUME');
    }
    await client.frames(TEXT.length);
    assertSpoken(client.samples(), TEXT);
  });

  test('a pause before there is any text holds what comes, and nothing of it is lost', async () => {
    await using client = await connect();
    client.control('PAUSE');
    client.say(TEXT);
    client.say(NEXT);
    await assertSilent(client);
    assert.equal(client.frameCount, 0);
    client.control('RESUME');
    await client.frames(TEXT.length + NEXT.length);
    assertSpoken(client.samples(), TEXT, NEXT);
  });

  test('a pause between the last frame and the end changes nothing', async () => {
    await using client = await connect();
    client.say(NEXT);
    await client.frames(NEXT.length);
    client.control('PAUSE');
    await assertSilent(client);
    client.control('RESUME');
    await client.message('utterance_end');
    assert.deepEqual(endings(client), ['completed']);
    assertSpoken(client.samples(), NEXT);
    await assertSpeaks(client);
  });

  test('twice is as good as once, and a command with nothing to do does nothing', async () => {
    await using client = await connect();
    for (const command of ['RESUME', 'STOP', 'STOP', 'RESUME'] as const) client.control(command);
    client.say(TEXT);
    await client.frames(5);
    client.control('PAUSE');
    client.control('PAUSE');
    await assertSilent(client);
    client.control('RESUME');
    client.control('RESUME');
    await client.frames(TEXT.length);
    assertSpoken(client.samples(), TEXT);
    assert.deepEqual(client.errorCodes, []);
  });

  test('a stop before the first audio leaves nothing to hear', async () => {
    await using client = await connect();
    // All in one packet: the worker has not been asked yet, or only just.
    client.say(TEXT);
    client.say(TEXT);
    client.control('STOP');
    await assertSilent(client);
    const from = client.frameCount;
    readCounted(client.samples(), TEXT);
    assert.ok(from < 10, `${from} frames came before the stop was read`);
    assert.deepEqual(endings(client), ['stopped', 'stopped']);
    await assertSpeaks(client);
  });

  test('a stop in the middle drops the rest and everything queued, and the next text is spoken', async () => {
    await using client = await connect();
    for (const text of [TEXT, 'Second.', 'Third.']) client.say(text);
    await client.frames(10);
    client.control('STOP');
    await assertSilent(client);
    assert.notEqual(readCounted(client.samples(), TEXT).rest, '');
    assert.deepEqual(endings(client), ['stopped', 'stopped', 'stopped']);
    await assertSpeaks(client);
  });

  test('a stop in a pause ends the pause as well', async () => {
    await using client = await connect();
    client.say(TEXT);
    await client.frames(10);
    client.control('PAUSE');
    client.control('STOP');
    await assertSilent(client);
    await assertSpeaks(client);
    client.control('PAUSE');
    client.control('STOP');
    client.control('STOP');
    await assertSpeaks(client);
  });

  test('a stop in a stream of tokens: what comes after it is a text of its own', async () => {
    await using client = await connect();
    client.say('These are tokens. And more of', false);
    await client.frames(5);
    client.control('STOP');
    await client.settled();
    await assertSpeaks(client);
    const [first, second] = client.messages.filter(({ type }) => type === 'utterance_start');
    assert.notEqual(first?.['utterance_id'], second?.['utterance_id']);
  });

  test('many stops and texts at once end with the last text, whole', async () => {
    await using client = await connect();
    for (let round = 0; round < 10; round += 1) {
      client.say(TEXT);
      client.control('STOP');
    }
    await client.settled();
    await assertSpeaks(client);
    assert.equal(endings(client).filter((reason) => reason === 'stopped').length, 10);
  });
});

describe('with a worker that takes its time', () => {
  let server: ServerProcess;
  let metronome: Metronome;
  before(async () => {
    const config = toneWorker({ ms_per_char: 20, first_frame_delay_ms: 400 });
    server = await startServer({ config });
    metronome = await startMetronome(server.wsUrl);
  });
  after(async () => {
    await metronome.stop();
    await server.stop();
  });

  test('a pause before the first audio lets none out, and a resume all of it', async () => {
    await using client = await WireClient.connect(server.wsUrl);
    // In one packet: the worker has been asked and has not answered.
    client.say(NEXT);
    client.control('PAUSE');
    await client.settled();
    await metronome.beats(40);
    await client.settled();
    assert.equal(client.frameCount, 0);
    client.control('RESUME');
    await client.frames(NEXT.length);
    assertSpoken(client.samples(), NEXT);
  });

  test('a stop before the first audio lets none out', async () => {
    await using client = await WireClient.connect(server.wsUrl);
    // In one packet: the worker has been asked and has not answered.
    client.say(TEXT);
    client.control('STOP');
    await client.settled();
    await metronome.beats(40);
    await client.settled();
    assert.equal(client.frameCount, 0);
    client.say(NEXT);
    await client.frames(NEXT.length);
    assertSpoken(client.samples(), NEXT);
  });
});

describe('with a client that buffers two seconds', () => {
  let server: ServerProcess;
  before(async () => {
    const args = ['--set', 'transport.websocket.playout_lead_ms=2000'];
    server = await startServer({ config: FRAME_PER_CHARACTER, args });
  });
  after(() => server.stop());

  test('a stop between the last frame and the end of speech ends it once, as stopped', async () => {
    await using client = await WireClient.connect(server.wsUrl);
    client.send({ type: 'subscribe', events: ['utterance_end'] });
    const text =
      'A text of nearly a hundred characters, all of which leave at once for a client that buffers so much.';
    client.say(text);
    await client.frames(text.length);
    client.control('STOP');
    client.control('STOP');
    assert.equal((await client.message('utterance_end'))['reason'], 'stopped');
    client.say(NEXT);
    await client.frames(text.length + NEXT.length);
    assertSpoken(client.samples(text.length), NEXT);
    client.control('STOP');
    await client.message('utterance_end', 2);
    assert.equal(client.messages.filter(({ type }) => type === 'utterance_end').length, 2);
  });
});
