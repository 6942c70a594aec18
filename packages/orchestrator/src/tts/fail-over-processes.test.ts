import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countedSample } from '@parley/worker';
import type { SpeechSession } from '../session/ports/worker-pool.ts';
import { CollectingSink } from './testing/collecting-sink.ts';
import { stagePool, tick, type PoolStage } from './testing/pool-stage.ts';
import { startToneProcess, type ToneProcess } from './testing/tone-worker-process.ts';

const text = 'A sentence of counted samples.';
const DURATION_MS = 4000;
const FRAMES = DURATION_MS / 20;
const speaking = { duration_ms: DURATION_MS, speed: 1 };
const atOnce = { duration_ms: DURATION_MS };

/** Every sample of the first `frames` frames must be there once, in order, and nothing else. */
function assertCounted(sink: CollectingSink, spoken: string, frames: number): void {
  const { bytes } = sink;
  assert.equal(bytes.length, frames * 1920);
  for (let at = 0; at < frames * 960; at += 1) {
    if (bytes.readInt16LE(at * 2) !== countedSample(spoken, at))
      assert.fail(`sample ${at} is not where it belongs`);
  }
}

async function attached(session: SpeechSession): Promise<void> {
  while (session.workerAddr === undefined) await tick();
}

/** Lets what is on its way arrive. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 50; turns += 1) await tick();
}

/** Moves time on until a failure has been seen; returns by how much. */
async function failureAfterMs({ clock, failures }: PoolStage): Promise<number> {
  const beganMs = clock.nowMs();
  while (failures.length === 0) {
    clock.advance(100);
    await settle();
  }
  return clock.nowMs() - beganMs;
}

test('killed before its first audio: the next worker says all of it', async (t) => {
  const stage = stagePool(t);
  const first = await startToneProcess(t, { ...atOnce, first_frame_delay_ms: 3_600_000 });
  const second = await startToneProcess(t, atOnce);
  await stage.register(first.addr);
  const session = stage.pool.openSession('s1');
  const sink = new CollectingSink();
  const run = session.synthesize(text, {}, sink);
  await attached(session);
  await stage.register(second.addr);
  await first.kill();
  assert.deepEqual(await run.done, { kind: 'completed' });
  assertCounted(sink, text, FRAMES);
  assert.equal(session.workerAddr, second.addr);
  assert.equal(stage.counts['failedOver before_audio'], 1);
});

test('killed with more sessions than there are retries: each is said by the next worker', async (t) => {
  const stage = stagePool(t);
  const first = await startToneProcess(t, { ...atOnce, first_frame_delay_ms: 3_600_000 });
  const second = await startToneProcess(t, atOnce);
  const many = {
    capabilities: { streaming: true, zero_shot: false, languages: ['en'], max_concurrent_sessions: 100 },
  };
  await stage.register(first.addr, many);
  const sinks = Array.from({ length: 30 }, () => new CollectingSink());
  const runs = sinks.map((sink, index) => {
    const session = stage.pool.openSession(`s${index}`);
    return { session, run: session.synthesize(text, {}, sink) };
  });
  await Promise.all(runs.map(({ session }) => attached(session)));
  await stage.register(second.addr, many);
  await first.kill();
  for (const { run } of runs) assert.deepEqual(await run.done, { kind: 'completed' });
  for (const sink of sinks) assertCounted(sink, text, FRAMES);
  assert.equal(stage.counts['failedOver before_audio'], 30);
});

test('killed in the middle: the next worker goes on at the very sample', async (t) => {
  const stage = stagePool(t);
  const first = await startToneProcess(t, speaking);
  const second = await startToneProcess(t, atOnce);
  await stage.register(first.addr);
  const session = stage.pool.openSession('s1');
  const sink = new CollectingSink();
  const run = session.synthesize(text, {}, sink);
  await sink.has(7);
  await stage.register(second.addr);
  await first.kill();
  assert.deepEqual(await run.done, { kind: 'completed' });
  assertCounted(sink, text, FRAMES);
  assert.equal(session.workerAddr, second.addr);
  assert.equal(stage.counts['failedOver mid_segment'], 1);
  assert.equal(stage.counts['completed'], 1);
});

test('killed between two segments: each is said once', async (t) => {
  const stage = stagePool(t);
  const first = await startToneProcess(t, atOnce);
  const second = await startToneProcess(t, atOnce);
  await stage.register(first.addr);
  const session = stage.pool.openSession('s1');
  const [one, two] = [new CollectingSink(), new CollectingSink()];
  await session.synthesize(text, {}, one).done;
  await stage.register(second.addr);
  await first.kill();
  assert.deepEqual(await session.synthesize('And another.', {}, two).done, { kind: 'completed' });
  assertCounted(one, text, FRAMES);
  assertCounted(two, 'And another.', FRAMES);
  assert.equal(session.workerAddr, second.addr);
});

test('killed while it is held back: what had come is played, then the next worker goes on', async (t) => {
  const stage = stagePool(t);
  const first = await startToneProcess(t, atOnce);
  const second = await startToneProcess(t, atOnce);
  await stage.register(first.addr);
  const session = stage.pool.openSession('s1');
  const sink = new CollectingSink(5);
  const run = session.synthesize(text, {}, sink);
  await sink.has(5);
  await stage.register(second.addr);
  stage.clock.advance(600_000);
  await first.kill();
  await settle();
  assert.equal(sink.frames.length, 5, 'nothing moves while there is no room');
  while (sink.frames.length < FRAMES) {
    sink.room = 3;
    run.resume();
    await tick();
  }
  sink.room = 1;
  run.resume();
  assert.deepEqual(await run.done, { kind: 'completed' });
  assertCounted(sink, text, FRAMES);
  assert.equal(session.workerAddr, second.addr);
});

test('cancelled while it is failing over: nothing is pushed any more', async (t) => {
  const stage = stagePool(t);
  const first = await startToneProcess(t, speaking);
  await stage.register(first.addr);
  const session = stage.pool.openSession('s1');
  const sink = new CollectingSink();
  const run = session.synthesize(text, {}, sink);
  await sink.has(3);
  await first.kill();
  await settle();
  const had = sink.frames.length;
  const second = await startToneProcess(t, atOnce);
  await stage.register(second.addr);
  run.cancel();
  assert.deepEqual(await run.done, { kind: 'cancelled' });
  const next = new CollectingSink();
  assert.deepEqual(await session.synthesize(text, {}, next).done, { kind: 'completed' });
  assert.equal(sink.frames.length, had);
  assertCounted(next, text, FRAMES);
});

for (const { when, options, frames, deadlineMs } of [
  { when: 'in the middle', options: speaking, frames: 7, deadlineMs: 3000 },
  {
    when: 'before its first audio',
    options: { ...atOnce, first_frame_delay_ms: 3_600_000 },
    frames: 0,
    deadlineMs: 5000,
  },
]) {
  test(`frozen ${when}: given up at the deadline, and nothing is lost`, async (t) => {
    const stage = stagePool(t);
    const first = await startToneProcess(t, options);
    const second = await startToneProcess(t, atOnce);
    await stage.register(first.addr);
    const session = stage.pool.openSession('s1');
    const sink = new CollectingSink();
    const run = session.synthesize(text, {}, sink);
    await attached(session);
    await sink.has(frames);
    await stage.register(second.addr);
    first.freeze();
    await settle();
    // A frame may still have been on its way.
    assert.ok((await failureAfterMs(stage)) <= deadlineMs + 100);
    assert.deepEqual(await run.done, { kind: 'completed' });
    assertCounted(sink, text, FRAMES);
    assert.equal(session.workerAddr, second.addr);
  });
}

for (const { deaths, result } of [
  { deaths: [5, 10], result: 'completed' },
  { deaths: [5, 10, 15], result: 'failed' },
]) {
  test(`${deaths.length} workers die one after the other: the sentence is ${result}, and right so far`, async (t) => {
    const stage = stagePool(t);
    const options = [...deaths.map((after) => ({ fault: 'exit', fault_after_frames: after })), {}];
    const workers: ToneProcess[] = [];
    for (const own of options) workers.push(await startToneProcess(t, { ...speaking, ...own }));
    for (const [queue_depth, { addr }] of workers.entries()) {
      await stage.register(addr, { metrics: { rtf: 0, queue_depth, p50_latency_ms: 0 } });
    }
    const session = stage.pool.openSession('s1');
    const sink = new CollectingSink();
    const run = session.synthesize(text, {}, sink);
    assert.equal((await run.done).kind, result);
    assertCounted(sink, text, result === 'completed' ? FRAMES : sink.frames.length);
    assert.equal(session.workerAddr, workers[2]?.addr);
    assert.equal(stage.counts['failedOver mid_segment'], 2);
  });
}

test('the only worker dies and comes back: the sentence goes on with it', async (t) => {
  const stage = stagePool(t);
  const first = await startToneProcess(t, speaking);
  await stage.register(first.addr);
  const session = stage.pool.openSession('s1');
  const sink = new CollectingSink();
  const run = session.synthesize(text, {}, sink);
  await sink.has(7);
  await first.kill();
  await stage.registry.deregister('w1');
  while (stage.failures.length === 0) await tick();
  const second = await startToneProcess(t, atOnce);
  await stage.register(second.addr);
  while (session.workerAddr !== second.addr) {
    stage.clock.advance(10);
    await settle();
  }
  assert.deepEqual(await run.done, { kind: 'completed' });
  assertCounted(sink, text, FRAMES);
});
