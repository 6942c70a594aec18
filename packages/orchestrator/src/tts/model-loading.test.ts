import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import type { WorkerRecord } from '@parley/worker-api';
import { MemoryLoadLock } from '../routing/index.ts';
import { CollectingSink } from './testing/collecting-sink.ts';
import { speaks, stagePool, tick } from './testing/pool-stage.ts';
import type { WorkerScript } from './testing/scripted-worker.ts';

const models = [
  { model_id: 'm1', family: 'f', languages: [], is_loaded: true },
  { model_id: 'm2', family: 'f', languages: [], is_loaded: false },
];
const canLoad: Partial<WorkerRecord> = { models };
const wantsM2 = { modelId: 'm2', voice: 'anna' };

function slowLoad(): { readonly script: WorkerScript; readonly loaded: (success: boolean) => void } {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const loadModel = async (): Promise<{ success: boolean; message: string; loadDurationMs: number }> => ({
    success: await promise,
    message: 'out of memory',
    loadDurationMs: 1,
  });
  return { script: { ...speaks, loadModel }, loaded: resolve };
}

test('a model that no worker has in memory is loaded first, once for all who wait', async (t) => {
  const { pool, worker } = stagePool(t);
  const { script, loaded } = slowLoad();
  const w1 = await worker(script, canLoad);
  const runs = ['s1', 's2'].map((id) =>
    pool.openSession(id).synthesize('One.', wantsM2, new CollectingSink()),
  );
  await w1.logged('load m2');
  await tick();
  assert.deepEqual(w1.log, ['load m2']);
  loaded(true);
  for (const { done } of runs) assert.deepEqual(await done, { kind: 'completed' });
  assert.equal(w1.log.filter((entry) => entry === 'load m2').length, 1);
  assert.deepEqual(
    w1.starts.map(({ modelId }) => modelId),
    ['m2', 'm2'],
  );
});

test('meanwhile the fallback model speaks, and the one asked for as soon as it is loaded', async (t) => {
  const { pool, worker, registry, leases } = stagePool(t, undefined, { fallbackModel: 'm1' });
  const { script, loaded } = slowLoad();
  const w1 = await worker(script, canLoad);
  const session = pool.openSession('s1');
  const say = (text: string) => session.synthesize(text, wantsM2, new CollectingSink()).done;
  assert.deepEqual(await say('One.'), { kind: 'completed' });
  assert.deepEqual(await say('Two.'), { kind: 'completed' });
  assert.deepEqual(
    w1.starts.map(({ modelId, options }) => [modelId, options['voice']]),
    [['m1', undefined]],
  );
  assert.equal(leases.activeSessions('w1'), 1, 'the place on which it would have waited is given back');
  loaded(true);
  const record = await registry.getWorker('w1');
  assert.ok(record);
  await registry.heartbeat({ ...record, resident_models: ['m1', 'm2'] });
  assert.deepEqual(await say('Three.'), { kind: 'completed' });
  assert.deepEqual(
    w1.starts.map(({ modelId, options }) => [modelId, options['voice']]),
    [
      ['m1', undefined],
      ['m2', 'anna'],
    ],
  );
  assert.equal(w1.log.filter((entry) => entry.startsWith('load')).length, 1);
});

test('a worker that cannot load is passed over; when none can, the reason is told', async (t) => {
  const { pool, worker, failures } = stagePool(t);
  const { script, loaded } = slowLoad();
  loaded(false);
  const w1 = await worker(script, canLoad);
  const session = pool.openSession('s1');
  const none = await session.synthesize('One.', wantsM2, new CollectingSink()).done;
  assert.deepEqual(none, { kind: 'unavailable', message: 'A worker could not load the model.' });
  assert.deepEqual(failures, ['model_load']);
  const w2 = await worker(speaks, canLoad);
  assert.deepEqual(await session.synthesize('One.', wantsM2, new CollectingSink()).done, {
    kind: 'completed',
  });
  assert.equal(session.workerAddr, w2.addr);
  assert.equal(w1.log.filter((entry) => entry === 'load m2').length, 1, 'it is not asked again so soon');
});

test('a worker that knows no LoadModel may load with the session', async (t) => {
  const { pool, worker } = stagePool(t);
  const unknown = { code: status.UNIMPLEMENTED, details: 'what?' };
  const w1 = await worker({ ...speaks, loadModel: () => Promise.reject(unknown) }, canLoad);
  const run = pool.openSession('s1').synthesize('One.', wantsM2, new CollectingSink());
  assert.deepEqual(await run.done, { kind: 'completed' });
  assert.deepEqual(w1.log, ['load m2', 'start s1', 'text One.']);
});

test('while another orchestrator makes the worker load, its turn is waited for', async (t) => {
  let lock: MemoryLoadLock | undefined;
  const loadLock = {
    tryAcquire: (name: string, holdMs: number) =>
      lock?.tryAcquire(name, holdMs) ?? Promise.resolve(undefined),
  };
  const { pool, worker, clock } = stagePool(t, undefined, { loadLock });
  lock = new MemoryLoadLock(clock);
  const theirs = await lock.tryAcquire('w1', 60_000);
  const w1 = await worker(speaks, canLoad);
  const run = pool.openSession('s1').synthesize('One.', wantsM2, new CollectingSink());
  while (clock.pending < 2) await tick();
  clock.advance(250);
  await tick();
  assert.deepEqual(w1.log, []);
  await theirs?.release();
  while (w1.log.length === 0) {
    clock.advance(50);
    await tick();
  }
  assert.deepEqual(await run.done, { kind: 'completed' });
  assert.deepEqual(w1.log, ['load m2', 'start s1', 'text One.']);
});

test('a session that is interrupted does not wait for the model, and the next one finds it loaded', async (t) => {
  const { pool, worker, leases } = stagePool(t);
  const { script, loaded } = slowLoad();
  const w1 = await worker(script, canLoad);
  const session = pool.openSession('s1');
  const run = session.synthesize('One.', wantsM2, new CollectingSink());
  await w1.logged('load m2');
  run.cancel();
  assert.deepEqual(await run.done, { kind: 'cancelled' });
  while (leases.activeSessions('w1') > 0) await tick();
  loaded(true);
  assert.deepEqual(await session.synthesize('Two.', wantsM2, new CollectingSink()).done, {
    kind: 'completed',
  });
  assert.deepEqual(w1.log, ['load m2', 'start s1', 'text Two.']);
});

test('a session that changes to a model its worker does not have in memory has it loaded first', async (t) => {
  const { pool, worker } = stagePool(t);
  const w1 = await worker(speaks, canLoad);
  const session = pool.openSession('s1');
  for (const modelId of ['m1', 'm2', 'm1', 'm2']) {
    const { done } = session.synthesize('One.', { modelId }, new CollectingSink());
    assert.deepEqual(await done, { kind: 'completed' });
  }
  assert.deepEqual(
    w1.log.filter((entry) => !entry.startsWith('text')),
    ['start s1', 'end s1', 'load m2', 'start s1', 'start s1', 'start s1'],
    'what has been loaded is changed to in place',
  );
});

test('a session that changes its model goes where that is in memory', async (t) => {
  const { pool, worker } = stagePool(t);
  const w1 = await worker(speaks, canLoad);
  const session = pool.openSession('s1');
  await session.synthesize('One.', { modelId: 'm1' }, new CollectingSink()).done;
  assert.equal(session.workerAddr, w1.addr);
  const w2 = await worker(speaks, { ...canLoad, resident_models: ['m2'] });
  await session.synthesize('Two.', { modelId: 'm2' }, new CollectingSink()).done;
  assert.equal(session.workerAddr, w2.addr);
  assert.deepEqual(w1.log, ['start s1', 'text One.', 'end s1']);
  assert.deepEqual(w2.log, ['start s1', 'text Two.']);
});

test('a worker that refuses the fallback model is passed over for another one, and one worker loads', async (t) => {
  const { pool, worker } = stagePool(t, undefined, { fallbackModel: 'm0' });
  const { script } = slowLoad();
  const loads = [await worker(script, canLoad), await worker(script, canLoad), await worker(script, canLoad)];
  const no = { startSession: () => Promise.resolve({ success: false, message: 'broken' }) };
  const broken = await worker(no, { resident_models: ['m0'] });
  const healthy = await worker(speaks, { resident_models: ['m0'] });
  const { done } = pool.openSession('s1').synthesize('One.', wantsM2, new CollectingSink());
  assert.deepEqual(await done, { kind: 'completed' });
  assert.deepEqual(broken.log, ['start s1']);
  assert.deepEqual(healthy.log, ['start s1', 'text One.']);
  assert.equal(loads.flatMap(({ log }) => log).length, 1);
});

test('a session on a worker that is drained stays until another one has loaded its model', async (t) => {
  const { pool, worker, registry } = stagePool(t);
  const w1 = await worker();
  const session = pool.openSession('s1');
  const say = (text: string) => session.synthesize(text, { modelId: 'm1' }, new CollectingSink()).done;
  await say('One.');
  const { script, loaded } = slowLoad();
  const others = [];
  const record = { models, resident_models: [] };
  for (let count = 0; count < 2; count += 1) others.push(await worker(script, record));
  const draining = await registry.getWorker('w1');
  assert.ok(draining);
  await registry.heartbeat({ ...draining, draining: true });
  assert.deepEqual(await say('Two.'), { kind: 'completed' });
  assert.equal(session.workerAddr, w1.addr);
  loaded(true);
  while (session.workerAddr === w1.addr) assert.deepEqual(await say('Three.'), { kind: 'completed' });
  assert.ok(others.some(({ addr }) => addr === session.workerAddr));
});

test('closing gives up a load, and what it held is let go of first', async (t) => {
  const events: string[] = [];
  const release = async (): Promise<void> => {
    await tick();
    events.push('released');
  };
  const loadLock = { tryAcquire: () => Promise.resolve({ release }) };
  const { pool, worker, clock, failures } = stagePool(t, undefined, { loadLock });
  const w1 = await worker(slowLoad().script, canLoad);
  const { pending } = clock;
  const run = pool.openSession('s1').synthesize('One.', wantsM2, new CollectingSink());
  await w1.logged('load m2');
  // Whoever asked has left already: the load is nobody's but the pool's.
  run.cancel();
  assert.deepEqual(await run.done, { kind: 'cancelled' });
  await pool.close();
  assert.deepEqual(events, ['released']);
  assert.equal(clock.pending, pending);
  assert.deepEqual(failures, []);
});
