import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ServerProcess, startServer, WireClient } from '@parley/testkit';
import { assertSpoken, FRAME_PER_CHARACTER, toneWorker } from './support/counted-speech.ts';

describe('a client that speaks the messages of the base dialect', () => {
  let server: ServerProcess;
  before(async () => {
    server = await startServer({ config: FRAME_PER_CHARACTER });
  });
  after(() => server.stop());

  test('hears a text of many sentences to the last sample, without a gap', async () => {
    await using client = await WireClient.connect(server.wsUrl);
    const text =
      'The first sentence is short. The second one, which goes on for a while, is rather longer than that! ' +
      'Is there a third? Yes. And a last one with 3.5 numbers.';
    client.say(text);
    await client.frames(text.length);
    const { segments } = assertSpoken(client.samples(), text);
    assert.ok(segments.length > 1, 'there were boundaries to cross');
    assert.deepEqual(
      client.messages.map(({ type }) => type),
      ['session_start'],
    );
  });

  test('gets its audio at the pace of speech, not in one burst', async () => {
    await using client = await WireClient.connect(server.wsUrl);
    const text = 'A sentence of some forty characters, all told.';
    const askedMs = performance.now();
    client.say(text);
    await client.frames(text.length);
    // Only a server that is too fast can fail this. 60 ms is the lead.
    const leastMs = (text.length - 1) * 20 - 60;
    assert.ok(
      performance.now() - askedMs >= leastMs,
      `${text.length} frames came in less than ${leastMs} ms`,
    );
    assertSpoken(client.samples(), text);
  });

  test('hears the first sentence of a stream of tokens before the stream ends', async () => {
    await using client = await WireClient.connect(server.wsUrl);
    const text = 'Certainly! I can tell you about that. It begins with a token and ends with';
    for (const token of text.match(/.{1,3}/gsu) ?? []) client.say(token, false);
    await client.frames('Certainly!'.length + 1);
    client.say(' the last one.', true);
    const whole = `${text} the last one.`;
    await client.frames(whole.length);
    assertSpoken(client.samples(), whole);
  });

  test('hears several texts in order, with one count of frames, and one text twice when sent twice', async () => {
    await using client = await WireClient.connect(server.wsUrl);
    const texts = ['First of all.', 'Then this.', 'Then this.', 'Finally that.'];
    for (const text of texts) client.say(text);
    await client.frames(texts.join('').length);
    assertSpoken(client.samples(), ...texts);
  });

  test('goes on in the same session after a silence', async () => {
    await using client = await WireClient.connect(server.wsUrl);
    client.send({ type: 'subscribe', events: ['utterance_end'] });
    for (const [index, text] of ['Hello there.', 'And again.'].entries()) {
      const from = client.frameCount;
      client.say(text);
      assert.equal((await client.message('utterance_end', index + 1))['reason'], 'completed');
      assertSpoken(client.samples(from), text);
    }
  });

  test('is served on /ws as on /, and a session has an id of its own', async () => {
    await using one = await WireClient.connect(`${server.wsUrl}/ws`);
    await using other = await WireClient.connect(`${server.wsUrl}/`);
    await Promise.all([one.message('session_start'), other.message('session_start')]);
    assert.notEqual(one.sessionId, other.sessionId);
    one.say('Hello.');
    await one.frames('Hello.'.length);
    assertSpoken(one.samples(), 'Hello.');
    assert.equal(other.frameCount, 0);
  });
});

test('tokens that stop coming are spoken as they are, and the rest joins when it comes', async () => {
  await using server = await startServer({
    config: FRAME_PER_CHARACTER,
    args: ['--set', 'session.text_flush_ms=50'],
  });
  await using client = await WireClient.connect(server.wsUrl);
  client.say('Well, let me', false);
  await client.frames('Well, let me'.length);
  client.say(' think about it.', true);
  await client.frames('Well, let me think about it.'.length);
  assertSpoken(client.samples(), 'Well, let me think about it.');
});

test('frames of any size and rate reach the client as 20 ms at 48 kHz', async () => {
  const options = { mode: 'sine', frequency_hz: 500, sample_rate: 22_050, frame_ms: 33, duration_ms: 990 };
  await using server = await startServer({ config: toneWorker(options) });
  await using client = await WireClient.connect(server.wsUrl);
  client.send({ type: 'subscribe', events: ['utterance_end'] });
  client.say('Hello.');
  await client.message('utterance_end');
  assert.equal(client.frameCount, Math.ceil(990 / 20));
  const samples = client.samples();
  const rises = samples.filter((sample, index) => sample > 0 && (samples[index - 1] ?? 0) <= 0).length;
  assert.ok(Math.abs(rises - 495) <= 2, `${rises} periods of 500 Hz in 990 ms`);
});

describe('with the embedded voice', () => {
  let server: ServerProcess;
  before(async () => {
    server = await startServer({ engine: 'espeak' });
  });
  after(() => server.stop());

  async function hear(query: string, text: string): Promise<Int16Array> {
    await using client = await WireClient.connect(`${server.wsUrl}/${query}`);
    client.send({ type: 'subscribe', events: ['utterance_end'] });
    client.say(text);
    assert.equal((await client.message('utterance_end'))['reason'], 'completed');
    return client.samples();
  }

  function loudness(samples: Int16Array): number {
    return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  }

  /** How long it is quiet between sounds, in ms each. */
  function quietMs(samples: Int16Array): readonly number[] {
    const quiet: number[] = [];
    let lastSound: number | undefined;
    for (const [index, sample] of samples.entries()) {
      if (Math.abs(sample) < 100) continue;
      if (lastSound !== undefined && index - lastSound > 480) quiet.push((index - lastSound) / 48);
      lastSound = index;
    }
    return quiet;
  }

  test('a sentence is heard as speech', async () => {
    const samples = await hear('', 'Hello world, this is a test.');
    assert.ok(samples.length > 48_000 && samples.length < 5 * 48_000, `${samples.length} samples`);
    assert.ok(loudness(samples) > 500, `loudness ${loudness(samples)}`);
  });

  test('a pause stands between two sentences, whether they are spoken as one or apart', async () => {
    const samples = await hear('', 'Hello there. How are you? I am fine.');
    const pausesMs = quietMs(samples).filter((ms) => ms > 200);
    assert.equal(pausesMs.length, 2, `${pausesMs.join(' and ')} ms`);
    for (const ms of pausesMs) assert.ok(ms < 450, `${ms} ms`);
  });

  test('another language sounds different', async () => {
    const [english, german] = await Promise.all([
      hear('?language=en', 'Guten Morgen, wie geht es dir?'),
      hear('?language=de', 'Guten Morgen, wie geht es dir?'),
    ]);
    assert.ok(loudness(german) > 500);
    assert.notDeepEqual(english, german);
  });

  test('a language nobody speaks is an error that says so, and the session goes on', async () => {
    await using client = await WireClient.connect(`${server.wsUrl}/?language=tlh`);
    for (const count of [1, 2]) {
      client.say('nuqneH');
      assert.equal((await client.message('error', count))['code'], 'WORKER_UNAVAILABLE');
    }
    assert.equal(client.frameCount, 0);
  });
});
