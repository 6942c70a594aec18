import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { ControlCommand } from '@parley/worker-api';
import { countedSample } from '../engines/tone/counted-samples.ts';
import { ManualEngine } from '../testing/manual-engine.ts';
import { startTestWorker } from '../testing/start-test-worker.ts';
import { audioOf } from '../testing/test-client.ts';

const second = new Uint8Array(96_000);

test('an engine is held back by a client that does not read, and goes on when it reads again', async () => {
  const engine = new ManualEngine();
  await using worker = await startTestWorker({ engine });
  await worker.client.start('s');
  const stream = worker.client.open();
  stream.send({ sessionId: 's', text: 'go', isFinal: true });
  const { sink, finish } = await engine.nextSpeech();
  stream.stream.pause();
  let seconds = 0;
  while (sink.audio(second, 48_000)) seconds += 1;
  seconds += 1;
  assert.ok(seconds < 20, 'the transport takes less than 2 MB');
  stream.stream.resume();
  await sink.ready();
  finish();
  await stream.ended;
  assert.equal(audioOf(stream.frames).length, seconds * 96_000);
});

test('a slow client gets every sample of a fast engine, once and in order', async () => {
  await using worker = await startTestWorker({ tone: { duration_ms: 20_000 } });
  await worker.client.start('s');
  const stream = worker.client.open();
  stream.send({ sessionId: 's', text: 'Count!', isFinal: true });
  for (let round = 1; round <= 5; round += 1) {
    await stream.atLeast(round * 150);
    stream.stream.pause();
    await new Promise(setImmediate);
    stream.stream.resume();
  }
  await stream.ended;
  const audio = audioOf(stream.frames);
  assert.equal(audio.length, 20 * 96_000);
  for (let index = 0; index < audio.length / 2; index += 1) {
    if (audio.readInt16LE(index * 2) !== countedSample('Count!', index))
      assert.fail(`sample ${index} is wrong`);
  }
});

test('a cancelled call aborts its synthesis and leaves the session usable', async () => {
  const engine = new ManualEngine();
  await using worker = await startTestWorker({ engine });
  await worker.client.start('s');
  const stream = worker.client.open();
  stream.send({ sessionId: 's', text: 'one' });
  stream.send({ sessionId: 's', text: 'two' });
  const { request, sink } = await engine.nextSpeech();
  sink.audio(second, 48_000);
  await stream.atLeast(1);
  stream.stream.cancel();
  await once(request.signal, 'abort');
  assert.equal(sink.audio(second, 48_000), false);
  await sink.ready();
  const next = worker.client.open();
  next.send({ sessionId: 's', text: 'three', isFinal: true });
  const speech = await engine.nextSpeech();
  assert.equal(speech.request.text, 'three', 'the second text of the cancelled call is not spoken');
  speech.finish();
  await next.ended;
});

test('STOP aborts the engine and drops the texts that wait', async () => {
  const engine = new ManualEngine();
  await using worker = await startTestWorker({ engine });
  await worker.client.start('s');
  const stream = worker.client.open();
  stream.send({ sessionId: 's', text: 'one' });
  stream.send({ sessionId: 's', text: 'two' });
  const { request } = await engine.nextSpeech();
  await worker.client.control('s', ControlCommand.STOP);
  assert.equal(request.signal.aborted, true);
  await stream.ended;
  assert.deepEqual(
    stream.frames.map((frame) => frame.isFinal),
    [true],
  );
});

test('a failing engine ends its own call as INTERNAL after the audio it made', async () => {
  const engine = new ManualEngine();
  await using worker = await startTestWorker({ engine });
  await worker.client.start('s');
  await worker.client.start('other');
  const [stream, other] = [worker.client.open(), worker.client.open()];
  stream.send({ sessionId: 's', text: 'one' });
  const speech = await engine.nextSpeech();
  other.send({ sessionId: 'other', text: 'two', isFinal: true });
  const otherSpeech = await engine.nextSpeech();
  speech.sink.audio(second, 48_000);
  speech.fail(new Error('out of paper'));
  await assert.rejects(stream.ended, { code: status.INTERNAL, details: 'synthesis failed: out of paper' });
  assert.equal(audioOf(stream.frames).length, 96_000);
  otherSpeech.finish();
  await other.ended;
});

test('a session may have a few streams at once and no more', async () => {
  const engine = new ManualEngine();
  await using worker = await startTestWorker({ engine });
  await worker.client.start('s');
  const streams = Array.from({ length: 9 }, () => worker.client.open());
  for (const stream of streams) stream.send({ sessionId: 's', text: 'x' });
  const results = await Promise.race(streams.map((stream) => stream.ended.catch((error: unknown) => error)));
  assert.equal((results as { code?: number }).code, status.RESOURCE_EXHAUSTED);
  await worker.client.end('s');
  const endings = await Promise.allSettled(streams.map((stream) => stream.ended));
  assert.equal(endings.filter((ending) => ending.status === 'fulfilled').length, 8);
});

test('a reload is answered, and a failed one says why and changes nothing', async () => {
  const engine = new ManualEngine();
  await using worker = await startTestWorker({ engine });
  await worker.client.start('s');
  assert.equal((await worker.client.control('s', ControlCommand.RELOAD)).success, true);
  assert.deepEqual(engine.loads, ['a', 'a']);
  const gate = engine.holdLoads('a');
  const reply = worker.client.control('s', ControlCommand.RELOAD);
  await engine.loading(1);
  gate.fail(new Error('no such file'));
  const { success, message } = await reply;
  assert.deepEqual({ success, message }, { success: false, message: 'a could not be loaded: no such file' });
  const stream = worker.client.open();
  stream.send({ sessionId: 's', text: 'still here', isFinal: true });
  (await engine.nextSpeech()).finish();
  await stream.ended;
});

test('a session that is ended while its model loads is never opened', async () => {
  const engine = new ManualEngine(['a', 'b']);
  await using worker = await startTestWorker({ engine, maxSessions: 1 });
  const gate = engine.holdLoads('b');
  const starting = worker.client.start('s', 'b');
  await engine.loading(1);
  await assert.rejects(worker.client.start('s', 'b'), { code: status.ABORTED });
  await worker.client.end('s');
  gate.release();
  assert.equal((await starting).success, false);
  assert.equal(worker.worker.record().metrics.queue_depth, 0);
  assert.equal((await worker.client.start('t')).success, true);
});
