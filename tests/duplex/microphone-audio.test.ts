import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertSpoken } from '../end-to-end/support/counted-speech.ts';
import { NEXT, openStage, TEXT, type Stage } from './support/stage.ts';
import { SAMPLES_PER_MS } from './support/user-voice.ts';
import { V1Client } from './support/v1-client.ts';

describe('microphone audio', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.close());

  async function connect(): Promise<V1Client> {
    return await V1Client.connect(stage.server.wsUrl);
  }

  /** Makes sure that the session still hears and speaks. */
  async function assertConverses(client: V1Client): Promise<void> {
    const from = client.frameCount;
    const started = client.all('speech_started').length;
    client.hear(stage.user.quiet);
    client.hear(stage.user.interruption);
    client.hear(stage.user.quiet);
    await client.message('speech_started', started + 1);
    await client.until(
      () => client.all('speech_stopped').length === client.all('speech_started').length,
      'the end of speech',
    );
    await stage.saysNext(client);
    assertSpoken(client.samples(from), NEXT);
  }

  test('of an odd number of bytes is refused by name, and the next is heard', async () => {
    await using client = await connect();
    for (const length of [1, 639, 641]) client.sendBytes(new Uint8Array(length));
    await client.settled();
    const errors = client.all('error');
    assert.equal(errors.length, 3);
    for (const { code, message } of errors) {
      assert.equal(code, 'INVALID_MESSAGE');
      assert.match(message, /16-bit samples/u);
    }
    await assertConverses(client);
  });

  test('of no bytes at all is nothing', async () => {
    await using client = await connect();
    for (let count = 0; count < 100; count += 1) client.sendBytes(new Uint8Array(0));
    await assertConverses(client);
    assert.deepEqual(client.all('error'), []);
  });

  test('in pieces of any size is heard at the same place', async () => {
    const places: unknown[] = [];
    for (const size of [17, 97, 320, 4096, 20_000]) {
      await using client = await connect();
      const { interruption, quiet } = stage.user;
      client.hear(Int16Array.from([...quiet, ...interruption, ...quiet]), size);
      const { at_ms: startedMs } = await client.message('speech_started');
      const { at_ms: stoppedMs } = await client.message('speech_stopped');
      places.push([startedMs, stoppedMs]);
    }
    assert.deepEqual(
      places,
      Array.from({ length: 5 }, () => places[0]),
    );
  });

  test('at another rate than was agreed is too fast sooner or later, is refused, and can be mended', async () => {
    await using client = await connect();
    // 6 s of audio at 48 kHz, which would be 18 s at the 16 kHz that were agreed.
    const { interruption } = stage.user;
    const fast = new Int16Array(6 * 48_000);
    for (let index = 0; index < fast.length; index += 1) fast[index] = interruption[index % 1000] ?? 0;
    client.hear(fast, 960);
    await client.settled();
    assert.ok(client.all('error').length > 0);
    assert.ok(client.all('error').every(({ code }) => code === 'RATE_LIMITED'));
    client.send({ type: 'session_update', input: { sample_rate: 48_000 } });
    const { settings } = await client.message('session_updated');
    assert.equal(settings.input.sample_rate, 48_000);
    client.send({ type: 'session_update', input: { sample_rate: 44_100 } });
    await client.until(
      () => client.all('error').some(({ code }) => code === 'INVALID_MESSAGE'),
      'a refusal of a rate that nobody takes',
    );
    assert.equal(client.start.session_id.length, 36);
  });

  test('faster than real time for long is dropped with an error, and the session goes on in real time', async () => {
    await using client = await connect();
    const minute = new Int16Array(60_000 * SAMPLES_PER_MS);
    client.hear(minute, 3200);
    await client.settled();
    const errors = client.all('error');
    assert.ok(errors.length > 0);
    assert.ok(errors.every(({ code }) => code === 'RATE_LIMITED'));
    // A message that is far too long by itself as well.
    client.sendBytes(new Uint8Array(200_000));
    await client.settled();
    const from = await stage.saysNext(client);
    assertSpoken(client.samples(from), NEXT);
  });

  test('with gaps is heard as what came of it: speech goes on over a gap in the network', async () => {
    await using client = await stage.speaking();
    const { interruption } = stage.user;
    const half = 150 * SAMPLES_PER_MS;
    client.hear(interruption.slice(0, half));
    // Nothing for some frames of real time, as when a network stalls: no sample of the voice is lost.
    await client.framesReach(client.frameCount + 10);
    client.hear(interruption.slice(half));
    const { reason } = await client.message('utterance_end');
    assert.equal(reason, 'interrupted');
    assert.equal(client.framesAfter('pause'), 0);
  });

  test('that never falls silent ends what was being said, and does not keep the system mute for ever', async () => {
    await using client = await stage.speaking();
    const { interruption } = stage.user;
    // A little faster than real time, and often, so that a busy machine makes no gap of it.
    const voice = interruption.slice(200 * SAMPLES_PER_MS, 325 * SAMPLES_PER_MS);
    client.hear(interruption.slice(0, 700 * SAMPLES_PER_MS));
    const television = setInterval(() => client.hear(voice), 100);
    try {
      await client.message('utterance_end');
      const from = await stage.saysNext(client);
      assertSpoken(client.samples(from), NEXT);
      assert.deepEqual(client.all('speech_stopped'), [], 'it never fell silent');
    } finally {
      clearInterval(television);
    }
  });

  test('while nobody has anything to say is heard for as long as it comes', async () => {
    await using client = await connect();
    for (let count = 0; count < 10; count += 1) client.hear(stage.user.quiet);
    await client.settled();
    assert.deepEqual(
      client.types.filter((type) => type !== 'state'),
      ['session_start', 'pong'],
    );
    client.say(TEXT);
    await client.message('utterance_end');
    assertSpoken(client.samples(), TEXT);
  });
});

describe('microphone audio behind a noise gate', () => {
  test('still ends speech: the gate withholds speech, never the silence after it', async () => {
    const stage = await openStage({ noise_gate: '{ enabled: true, threshold_multiplier: 4 }' });
    try {
      await using client = await V1Client.connect(stage.server.wsUrl);
      const { interruption, quiet } = stage.user;
      client.hear(Int16Array.from([...quiet, ...interruption, ...quiet]));
      await client.message('speech_started');
      await client.message('speech_stopped');
      const from = await stage.saysNext(client);
      assertSpoken(client.samples(from), NEXT);
    } finally {
      await stage.close();
    }
  });
});
