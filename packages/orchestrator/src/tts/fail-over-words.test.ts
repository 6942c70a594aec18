import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import type { WorkerRecord } from '@parley/worker-api';
import { CollectingSink } from './testing/collecting-sink.ts';
import { speaks, stagePool } from './testing/pool-stage.ts';
import {
  audioFrame,
  countedSamples,
  type ScriptedCall,
  type WorkerScript,
} from './testing/scripted-worker.ts';

const text = 'One two, three four.';

/** Says `spoken` at two frames a word, with the times of words; after `frames` frames it says no more. */
function speakWords(call: ScriptedCall, spoken: string, frames: number = Infinity): void {
  const words = Array.from(spoken.matchAll(/\p{L}+/gu));
  for (const [index, { 0: word, index: textOffset }] of words.entries()) {
    for (const half of [0, 1]) {
      if (index * 2 + half >= frames) return;
      const mark = { word, startMs: index * 40, endMs: index * 40 + 40, textOffset };
      call.write({ ...audioFrame(countedSamples(960)), marks: half === 1 ? [mark] : [] });
    }
  }
  call.end();
}

const another: Partial<WorkerRecord> = { resident_models: ['another'] };

for (const { title, record } of [
  { title: 'with the times of words another worker goes on at the word that was cut', record: {} },
  { title: 'with the times of words so does one with another model', record: another },
]) {
  test(title, async (t) => {
    const { pool, worker } = stagePool(t);
    let fail: (() => void) | undefined;
    const w1 = await worker({
      synthesize: (call, chunk) => {
        fail = () => void call.emit('error', { code: status.INTERNAL, details: 'gone' });
        speakWords(call, chunk.text, 5);
      },
    });
    const session = pool.openSession('s1');
    const sink = new CollectingSink();
    const run = session.synthesize(text, {}, sink);
    await sink.has(5);
    const w2 = await worker({ synthesize: (call, chunk) => speakWords(call, chunk.text) }, record);
    fail?.();
    assert.deepEqual(await run.done, { kind: 'completed' });
    assert.deepEqual(w1.log.slice(0, 2), ['start s1', `text ${text}`]);
    assert.deepEqual(w2.log, ['start s1', 'text three four.']);
    assert.equal(sink.frames.length, 9);
    assert.deepEqual(sink.spoken, [
      { textOffset: 0, length: 3, endMs: 40 },
      { textOffset: 4, length: 3, endMs: 80 },
      { textOffset: 9, length: 5, endMs: 140 },
      { textOffset: 15, length: 4, endMs: 180 },
    ]);
  });
}

test('a worker that fails after the last word has said all', async (t) => {
  const { pool, worker, counts } = stagePool(t);
  await worker({
    synthesize: (call) => {
      const mark = { word: 'Yes', startMs: 0, endMs: 40, textOffset: 0 };
      call.write({ ...audioFrame(countedSamples(1920)), marks: [mark] });
      call.emit('error', { code: status.INTERNAL, details: 'late' });
    },
  });
  const sink = new CollectingSink();
  assert.deepEqual(await pool.openSession('s1').synthesize('Yes.', {}, sink).done, { kind: 'completed' });
  assert.equal(sink.frames.length, 2);
  assert.equal(counts['failedOver mid_segment'], undefined);
});

/** Says 4 frames and fails at the third. */
const diesAtThird: NonNullable<WorkerScript['synthesize']> = (call) => {
  call.write(audioFrame(countedSamples(2 * 960 + 77)));
  call.emit('error', { code: status.INTERNAL, details: 'gone' });
};
const saysFour: NonNullable<WorkerScript['synthesize']> = (call) => {
  call.write(audioFrame(countedSamples(4 * 960), 48_000, true));
  call.end();
};

for (const { title, record, audio } of [
  { title: 'the same model goes on at the sample', record: {}, audio: countedSamples(4 * 960) },
  {
    title: 'another model says the sentence again, as nothing tells where it was',
    record: another,
    audio: Buffer.concat([countedSamples(2 * 960), countedSamples(4 * 960)]),
  },
]) {
  test(`without the times of words ${title}`, async (t) => {
    const { pool, worker } = stagePool(t);
    const w1 = await worker({ synthesize: diesAtThird });
    const session = pool.openSession('s1');
    const sink = new CollectingSink(1);
    const run = session.synthesize(text, {}, sink);
    await w1.logged(`text ${text}`);
    await sink.has(1);
    const w2 = await worker({ synthesize: saysFour }, record);
    sink.room = 100;
    run.resume();
    assert.deepEqual(await run.done, { kind: 'completed' });
    assert.equal(session.workerAddr, w2.addr);
    assert.ok(sink.bytes.equals(audio));
  });
}

test('a worker with the same model is preferred to a less busy one with another', async (t) => {
  const { pool, worker } = stagePool(t);
  await worker({ synthesize: diesAtThird }, { metrics: { rtf: 0, queue_depth: 0, p50_latency_ms: 0 } });
  const busy = { rtf: 0, queue_depth: 1, p50_latency_ms: 0 };
  const other = await worker(
    { synthesize: saysFour },
    { ...another, metrics: { ...busy, queue_depth: 0.5 } },
  );
  const same = await worker({ synthesize: saysFour }, { metrics: busy });
  const session = pool.openSession('s1');
  const sink = new CollectingSink();
  assert.deepEqual(await session.synthesize(text, {}, sink).done, { kind: 'completed' });
  assert.equal(session.workerAddr, same.addr);
  assert.deepEqual(other.log, []);
  assert.equal(sink.frames.length, 4);
});

test('before any audio a segment is tried once more, and not at all once the budget is spent', async (t) => {
  const { pool, worker } = stagePool(t);
  const broken: WorkerScript = {
    synthesize: (call) => void call.emit('error', { code: status.INVALID_ARGUMENT, details: 'no' }),
  };
  const workers = [await worker(broken), await worker(broken), await worker(broken)];
  const asked = (): number =>
    workers.flatMap(({ log }) => log).filter((entry) => entry.startsWith('text')).length;
  const session = pool.openSession('s1');
  const sayOne = async (): Promise<number> => {
    const before = asked();
    const { kind } = await session.synthesize('One.', {}, new CollectingSink()).done;
    assert.equal(kind, 'failed');
    return asked() - before;
  };
  assert.equal(await sayOne(), 2);
  const times: number[] = [];
  for (let i = 0; i < 30; i += 1) times.push(await sayOne());
  const retried = times.filter((count) => count === 2).length;
  assert.ok(retried >= 9 && retried <= 13, `${retried} of 30 were tried again`);
  assert.equal(times.at(-1), 1);
});

test('a worker that gives no audio for what another one speaks is shut out after five times', async (t) => {
  const { pool, worker } = stagePool(t);
  const mute = await worker({ synthesize: (call) => void call.end() });
  await worker(speaks, { metrics: { rtf: 0, queue_depth: 1, p50_latency_ms: 0 } });
  for (let i = 1; i <= 7; i += 1) {
    const session = pool.openSession(`s${i}`);
    assert.deepEqual(await session.synthesize('One.', {}, new CollectingSink()).done, { kind: 'completed' });
    await session.close();
  }
  assert.equal(mute.log.filter((entry) => entry.startsWith('text')).length, 5);
});
