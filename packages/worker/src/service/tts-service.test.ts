import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Metadata, status } from '@grpc/grpc-js';
import { ControlCommand } from '@parley/worker-api';
import { systemClock } from '../clock.ts';
import type { Engine } from '../engine.ts';
import { createEspeakEngine } from '../engines/espeak/espeak-engine.ts';
import { createToneEngine } from '../engines/tone/tone-engine.ts';
import { ManualEngine } from '../testing/manual-engine.ts';
import { startTestWorker } from '../testing/start-test-worker.ts';
import { audioOf, TestStream } from '../testing/test-client.ts';

const engines: Record<string, () => Engine> = {
  tone: () => createToneEngine({ clock: systemClock, exit: () => undefined }),
  espeak: () => createEspeakEngine({ threads: 1 }),
};

for (const [name, createEngine] of Object.entries(engines)) {
  describe(`a worker with the ${name} engine`, () => {
    test('speaks the texts of a stream in order and ends with a marker', async () => {
      await using worker = await startTestWorker({ engine: createEngine() });
      assert.deepEqual(await worker.client.start('s'), { success: true, message: '' });
      const frames = await worker.client.speak('s', 'Hello there.', 'How are you?');
      const texts = frames.map((frame) => frame.textSequence);
      assert.ok(texts.every((text, index) => text >= (texts[index - 1] ?? 0)));
      assert.deepEqual([...new Set(texts)], [1, 2]);
      assert.deepEqual(
        frames.map((frame) => frame.sequenceNumber),
        [...frames.keys()],
      );
      assert.deepEqual(
        frames.filter((frame) => frame.isFinal),
        frames.slice(-1),
      );
      assert.equal(frames.at(-1)?.audioData.length, 0);
      assert.ok(
        frames.slice(0, -1).every((frame) => frame.audioData.length > 0 && frame.sampleRate === 48_000),
      );
      assert.equal(frames[0]?.audioData.length, 1920);
      assert.equal(frames[0]?.frameDurationMs, 20);
      assert.ok(audioOf(frames).length > 48_000, 'at least half a second of audio');
    });

    test('answers blank and punctuation-only text with the end marker alone', async () => {
      await using worker = await startTestWorker({ engine: createEngine() });
      await worker.client.start('s');
      for (const text of ['', ' \n\t', '...!?', '\u200b', '“”—']) {
        const frames = await worker.client.speak('s', text);
        assert.deepEqual(
          frames.map((frame) => [frame.audioData.length, frame.isFinal]),
          [[0, true]],
          text,
        );
      }
    });

    test('speaks whatever text there is', async () => {
      await using worker = await startTestWorker({ engine: createEngine() });
      await worker.client.start('s');
      for (const text of [
        '\ud800 a',
        'a\u0000b',
        '😀',
        'שלום abc 你好',
        '<break time="9s"/>ok',
        'x'.repeat(500),
      ]) {
        const frames = await worker.client.speak('s', text);
        assert.ok(frames.length > 1 && frames.at(-1)?.isFinal === true, text);
      }
    });

    test('refuses a model it does not have and says which it has', async () => {
      await using worker = await startTestWorker({ engine: createEngine() });
      const { success, message } = await worker.client.start('s', 'nonesuch');
      assert.equal(success, false);
      assert.ok(
        message.includes('"nonesuch"') && message.includes(worker.worker.record().resident_models[0] ?? '?'),
      );
      await assert.rejects(worker.client.speak('s', 'Hello'), { code: status.NOT_FOUND });
    });

    test('lists its models and loads and unloads them', async () => {
      await using worker = await startTestWorker({ engine: createEngine() });
      const { client } = worker;
      const { models } = await client.listModels();
      assert.deepEqual(
        models.map((model) => model.isLoaded),
        models.map((_, index) => index === 0),
      );
      const modelId = models[1]?.modelId ?? '';
      const loaded = await client.loadModel(modelId);
      assert.equal(loaded.success, true);
      await client.start('s', modelId);
      const inUse = await client.unloadModel(modelId);
      assert.deepEqual(inUse, { success: false, message: `${modelId} is in use by 1 session` });
      await client.end('s');
      const unloaded = await client.unloadModel(modelId);
      assert.deepEqual(unloaded, { success: true, message: '' });
    });
  });
}

test('PAUSE holds one session and no other, also for what it says next', async () => {
  await using worker = await startTestWorker();
  const { client } = worker;
  await client.start('held');
  await client.start('free');
  assert.equal((await client.control('held', ControlCommand.PAUSE)).success, true);
  const held = client.open();
  held.send({ sessionId: 'held', text: 'Hello', isFinal: true });
  assert.equal((await client.speak('free', 'Hello')).at(-1)?.isFinal, true);
  assert.equal(held.frames.length, 0);
  await client.control('free', ControlCommand.RESUME);
  assert.equal(held.frames.length, 0);
  await client.control('held', ControlCommand.RESUME);
  await held.ended;
  assert.equal(audioOf(held.frames).length, 5 * 60 * 96);
});

test("STOP ends one session's speech with a marker, also while it is paused", async () => {
  await using worker = await startTestWorker({ tone: { duration_ms: 3_600_000 } });
  const { client } = worker;
  await client.start('a');
  await client.start('b');
  const [a, b] = [client.open(), client.open()];
  a.send({ sessionId: 'a', text: 'x' });
  b.send({ sessionId: 'b', text: 'x' });
  await Promise.all([a.atLeast(3), b.atLeast(3)]);
  await client.control('a', ControlCommand.PAUSE);
  const reply = await client.control('a', ControlCommand.STOP);
  assert.ok(Math.abs(reply.timestampMs - Date.now()) < 60_000);
  await a.ended;
  assert.equal(a.frames.at(-1)?.isFinal, true);
  const before = b.frames.length;
  await b.atLeast(before + 100);
  b.stream.cancel();
});

test('a command for a session that is not there is NOT_FOUND', async () => {
  await using worker = await startTestWorker();
  const command = ControlCommand.STOP;
  const reply = worker.client.control('x', command);
  await assert.rejects(reply, { code: status.NOT_FOUND });
});

test('the session cap is kept, a duplicate start is none, and an end makes room', async () => {
  await using worker = await startTestWorker({ maxSessions: 2 });
  const { client } = worker;
  await client.start('a');
  await client.start('b');
  assert.equal((await client.start('a', 'tone-alt')).success, true);
  await assert.rejects(client.start('c'), { code: status.RESOURCE_EXHAUSTED, details: /all 2 sessions/ });
  assert.deepEqual(await client.end('b'), { success: true });
  assert.deepEqual(await client.end('b'), { success: true });
  assert.equal((await client.start('c')).success, true);
  assert.equal(worker.worker.record().metrics.queue_depth, 2);
});

test('a session whose start failed takes no place', async () => {
  await using worker = await startTestWorker({ maxSessions: 1 });
  const { client } = worker;
  assert.equal((await client.start('a', 'nonesuch')).success, false);
  const refused = await client.start('a', '', { 'tone.fault': 'refuse_session' });
  assert.deepEqual(refused, { success: false, message: 'the tone engine refuses as it was told to' });
  assert.match((await client.start('a', '', { 'tone.speed': 'x', 'tone.foo': '1' })).message, /speed.*foo/);
  assert.equal((await client.start('b')).success, true);
});

for (const outcome of ['fails', 'comes'] as const) {
  test(`a session that was ended and started anew is its own, also when the model of the first start ${outcome}`, async () => {
    const engine = new ManualEngine(['a', 'b', 'c']);
    await using worker = await startTestWorker({ engine });
    const { client } = worker;
    const [b, c] = [engine.holdLoads('b'), engine.holdLoads('c')];
    const first = client.start('s', 'b');
    await engine.loading(1);
    await client.end('s');
    const second = client.start('s', 'c');
    await engine.loading(2);
    if (outcome === 'fails') b.fail(new Error('broken weights'));
    else b.release();
    const { success, message } = await first;
    assert.equal(success, false);
    assert.match(message, outcome === 'fails' ? /broken weights/ : /was ended while it started/);
    c.release();
    assert.deepEqual(await second, { success: true, message: '' });
    assert.equal(worker.worker.record().metrics.queue_depth, 1);
  });
}

test('a session that was ended while it waited for another model leaves the one that follows alone', async () => {
  const engine = new ManualEngine(['a', 'b']);
  await using worker = await startTestWorker({ engine });
  const { client } = worker;
  await client.start('s', 'a');
  const b = engine.holdLoads('b');
  const change = client.start('s', 'b');
  await engine.loading(1);
  await client.end('s');
  assert.equal((await client.start('s', 'a')).success, true);
  b.release();
  assert.match((await change).message, /was ended while it started/);
  const stream = client.open();
  stream.send({ sessionId: 's', text: 'x', isFinal: true });
  (await engine.nextSpeech()).finish();
  await stream.ended;
});

test('the end of a session ends its speech', async () => {
  await using worker = await startTestWorker({ tone: { duration_ms: 3_600_000 } });
  const { client } = worker;
  await client.start('a');
  const stream = client.open();
  stream.send({ sessionId: 'a', text: 'x' });
  await stream.atLeast(1);
  await client.end('a');
  await stream.ended;
  assert.equal(stream.frames.at(-1)?.isFinal, true);
});

test('an engine is told what was said before, on the same stream or by the orchestrator', async () => {
  const engine = new ManualEngine();
  await using worker = await startTestWorker({ engine });
  await worker.client.start('s');
  for (const [told, expected] of [
    [encodeURIComponent('Grüß Gott. '), 'Grüß Gott. '],
    ['%zz', ''],
    [undefined, ''],
  ] as const) {
    const metadata = new Metadata();
    if (told !== undefined) metadata.set('parley-previous-text', told);
    const stream = new TestStream(worker.client.raw.synthesize(metadata));
    stream.send({ sessionId: 's', text: 'One.', sequenceNumber: 1 });
    stream.send({ sessionId: 's', text: 'Two.', sequenceNumber: 2, isFinal: true });
    for (const previousText of [expected, 'One.']) {
      const speech = await engine.nextSpeech();
      assert.equal(speech.request.previousText, previousText);
      speech.finish();
    }
    await stream.ended;
  }
});

test('texts that are too long and streams that change their session are INVALID_ARGUMENT', async () => {
  await using worker = await startTestWorker({ maxTextLength: 10 });
  const { client } = worker;
  await client.start('a');
  await client.start('b');
  await assert.rejects(client.speak('a', '01234567890'), {
    code: status.INVALID_ARGUMENT,
    details: /11 characters.*10/,
  });
  const stream = client.open();
  stream.send({ sessionId: 'a', text: 'one' });
  stream.send({ sessionId: 'b', text: 'two' });
  await assert.rejects(stream.ended, { code: status.INVALID_ARGUMENT });
  await assert.rejects(client.start(''), { code: status.INVALID_ARGUMENT });
  assert.equal((await client.speak('a', 'ok')).at(-1)?.isFinal, true);
});

test('with the data pattern the last audio is the final frame', async () => {
  await using worker = await startTestWorker({ finalFrame: 'data' });
  await worker.client.start('s');
  const frames = await worker.client.speak('s', 'abc');
  assert.deepEqual(
    frames.map((frame) => [frame.audioData.length, frame.isFinal]),
    [...Array.from({ length: 8 }, () => [1920, false]), [1920, true]],
  );
});

test('a stream without a text just ends, and one that is half-closed ends after its last text', async () => {
  await using worker = await startTestWorker();
  const { client } = worker;
  await client.start('s');
  const silent = client.open();
  silent.stream.end();
  await silent.ended;
  const stream = client.open();
  stream.send({ sessionId: 's', text: 'a' });
  stream.stream.end();
  await stream.ended;
  assert.deepEqual(
    stream.frames.map((frame) => frame.isFinal),
    [false, false, false, true],
  );
});
