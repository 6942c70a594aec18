import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { FakeClock } from '@parley/testkit';
import * as fc from 'fast-check';
import type { AudioSink } from '../../engine.ts';
import { startTestWorker } from '../../testing/start-test-worker.ts';
import { audioOf } from '../../testing/test-client.ts';
import { countedSample, countedSeed } from './counted-samples.ts';
import { createToneEngine } from './tone-engine.ts';

/** Collects what an engine gives; takes everything. */
function openSink() {
  const frames: Uint8Array[] = [];
  const sink: AudioSink = {
    audio: (pcm) => frames.push(pcm) > 0,
    frame: (pcm) => frames.push(pcm) > 0,
    mark: () => undefined,
    ready: () => Promise.resolve(),
  };
  return { frames, sink };
}

function full(count: number): number[] {
  return Array.from({ length: count }, () => 1920);
}

async function loadTone(options: Record<string, unknown>) {
  const clock = new FakeClock();
  const engine = createToneEngine({ clock, options, exit: () => undefined });
  const model = await engine.load('tone', AbortSignal.timeout(60_000));
  return { clock, engine, model };
}

const request = (text: string, options: Record<string, string> = {}, abort = new AbortController()) => ({
  text,
  options,
  signal: abort.signal,
});

test('counted samples are the documented function of text and place, for any text', async () => {
  const { model } = await loadTone({ ms_per_char: 30 });
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1, maxLength: 60 }), async (text) => {
      const { frames, sink } = openSink();
      await model.synthesize(request(text), sink);
      const audio = Buffer.concat(frames);
      assert.equal(audio.length, text.length * 30 * 96);
      for (let index = 0; index < audio.length / 2; index += 97) {
        assert.equal(audio.readInt16LE(index * 2), countedSample(text, index));
      }
    }),
    { numRuns: 30 },
  );
  assert.equal(countedSeed(''), (0x811c9dc5 % 1024) * 64);
});

test('at speed 1 a frame comes every 20 ms, after the delay and the lead', async () => {
  const { clock, model } = await loadTone({
    speed: 1,
    duration_ms: 1000,
    first_frame_delay_ms: 100,
    lead_ms: 60,
  });
  const { frames, sink } = openSink();
  const speech = model.synthesize(request('x'), sink);
  clock.advance(99);
  assert.equal(frames.length, 0);
  clock.advance(1);
  assert.equal(frames.length, 4);
  clock.advance(200);
  assert.equal(frames.length, 14);
  clock.advance(1000);
  await speech;
  assert.equal(frames.length, 50);
  assert.equal(clock.pending, 0, 'the timer rests when nobody speaks');
});

test('at speed 2 a second of audio takes half a second', async () => {
  const { clock, model } = await loadTone({ speed: 2, duration_ms: 1000 });
  const { frames, sink } = openSink();
  const speech = model.synthesize(request('x'), sink);
  clock.advance(485);
  assert.equal(frames.length, 49);
  clock.advance(5);
  await speech;
  assert.equal(frames.length, 50);
});

test('an aborted speech ends at the next tick', async () => {
  const { clock, model } = await loadTone({ speed: 1, duration_ms: 1000 });
  const abort = new AbortController();
  const { frames, sink } = openSink();
  const speech = model.synthesize(request('x', {}, abort), sink);
  abort.abort();
  clock.advance(5);
  await speech;
  assert.equal(frames.length, 1);
});

test('a sine is a tone of the wanted pitch', async () => {
  const { model } = await loadTone({ mode: 'sine', duration_ms: 1000, frequency_hz: 500, sample_rate: 8000 });
  const { frames, sink } = openSink();
  await model.synthesize(request('x'), sink);
  const audio = Buffer.concat(frames);
  const samples = Array.from({ length: audio.length / 2 }, (_, index) => audio.readInt16LE(index * 2));
  const rises = samples.filter((sample, index) => sample >= 0 && (samples[index - 1] ?? 0) < 0);
  assert.equal(samples.length, 8000);
  assert.equal(rises.length, 499);
});

test('wrong engine options are told all at once', () => {
  const clock = new FakeClock();
  const options = { mode: 'x', speed: -1, foo: 1 };
  assert.throws(() => createToneEngine({ clock, options, exit: () => undefined }), {
    code: 'BAD_OPTIONS',
    message: /mode.*speed.*foo/,
  });
});

test('a fault of one session is not seen by another', async () => {
  await using worker = await startTestWorker();
  const { client } = worker;
  const faults = ['none', 'hang_first', 'hang', 'error', 'odd_size', 'empty_frame', 'wrong_rate'];
  for (const fault of faults)
    await client.start(fault, '', { 'tone.fault': fault, 'tone.fault_after_frames': '3' });
  const streams = faults.map((sessionId) => {
    const stream = client.open();
    stream.send({ sessionId, text: 'abc', isFinal: true });
    return stream;
  });
  const [none, hangFirst, hang, error, oddSize, emptyFrame, wrongRate] = streams;
  for (const stream of [none, oddSize, emptyFrame, wrongRate]) await stream?.ended;
  await assert.rejects(error?.ended ?? Promise.resolve(), { code: status.INTERNAL });
  await hang?.atLeast(3);
  const sizes = (stream = none) => stream?.frames.map((frame) => frame.audioData.length);
  assert.deepEqual(sizes(), [...full(9), 0]);
  assert.deepEqual(sizes(hangFirst), []);
  assert.deepEqual(sizes(hang), full(3));
  assert.deepEqual(sizes(error), full(3));
  assert.deepEqual(sizes(oddSize), [...full(3), ...Array.from({ length: 6 }, () => 1919), 0]);
  assert.deepEqual(sizes(emptyFrame), [...full(3), 0, ...full(6), 0]);
  assert.deepEqual(emptyFrame?.frames.map((frame) => frame.isFinal).indexOf(true), 10);
  assert.deepEqual(
    wrongRate?.frames.map((frame) => frame.sampleRate),
    [...Array.from({ length: 3 }, () => 48_000), ...Array.from({ length: 7 }, () => 1)],
  );
  await client.end('hang');
  await client.end('hang_first');
  await Promise.all([hang?.ended, hangFirst?.ended]);
  assert.equal(audioOf(hang?.frames ?? []).length, 3 * 1920);
});

test('the exit fault ends the process after its frames', async () => {
  let exits = 0;
  const engine = createToneEngine({
    clock: new FakeClock(),
    options: { fault: 'exit', fault_after_frames: 2 },
    exit: () => {
      exits += 1;
    },
  });
  const model = await engine.load('tone', AbortSignal.timeout(60_000));
  const { frames, sink } = openSink();
  const abort = new AbortController();
  void model.synthesize(request('x', {}, abort), sink);
  assert.deepEqual([frames.length, exits], [2, 1]);
});
