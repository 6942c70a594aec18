import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credentials } from '@grpc/grpc-js';
import { FakeClock, findFreePort } from '@parley/testkit';
import { createToneEngine, startWorker, systemClock } from '@parley/worker';
import { parseWorkerAddress, TTSServiceClient } from '@parley/worker-api';
import { createSystemClock } from '../clock/system-clock.ts';
import { MemoryRegistry } from '../registry/index.ts';
import { workerRecord } from '../registry/testing/registry-contract.ts';
import { MemoryLeaseBook, MemoryLoadLock } from '../routing/index.ts';
import {
  type AdminConnection,
  createGrpcWorkerAdmin,
  createStaticDirectory,
  createWorkerDirectory,
  DrainableRegistry,
  MemoryDrainMarks,
} from './index.ts';

function connect(addr: string): AdminConnection {
  const parsed = parseWorkerAddress(addr);
  assert.equal(parsed.kind, 'ok');
  const target = `${parsed.address.host}:${parsed.address.port}`;
  const client = new TTSServiceClient(target, credentials.createInsecure());
  return { client, release: () => client.close() };
}

function tone() {
  return createToneEngine({ clock: systemClock, modelIds: ['a', 'b'], exit: () => undefined });
}

test('the list has each worker with its places, models, state and age, by name', async () => {
  const clock = new FakeClock();
  const registry = new MemoryRegistry({ clock, ttlMs: 60_000 });
  const leases = new MemoryLeaseBook();
  const directory = createWorkerDirectory({ registry, leases, clock, staleAfterMs: 30_000 });
  const models = [
    { model_id: 'm1', family: 'f', languages: ['en'], is_loaded: false },
    { model_id: 'm2', family: 'f', languages: ['de'], is_loaded: false },
  ];
  await registry.register(workerRecord('c', { models, version: '1.2' }));
  await registry.register(workerRecord('b', { draining: true }));
  clock.advance(31_000);
  await registry.register(workerRecord('a'));
  clock.advance(1500);
  for (let place = 0; place < 3; place += 1) {
    await leases.claim(`s${place}`, [{ workerName: 'a', capacity: 3 }]);
  }
  const { total, workers } = directory.list(2);
  assert.equal(total, 3);
  assert.deepEqual(workers[0], {
    name: 'a',
    addr: 'grpc://127.0.0.1:7001',
    state: 'full',
    languages: ['en'],
    models: [{ model_id: 'm1', family: '', languages: ['en'], is_loaded: true }],
    sessions: { used: 3, capacity: 3 },
    metrics: { rtf: 0.2, queue_depth: 0, p50_latency_ms: 100 },
    heartbeat_age_seconds: 1.5,
    version: '',
  });
  assert.deepEqual(
    [workers[1]?.name, workers[1]?.state, workers[1]?.heartbeat_age_seconds],
    ['b', 'silent', 32.5],
  );
  const c = directory.list(10).workers[2];
  assert.deepEqual(
    c?.models.map(({ model_id, is_loaded }) => [model_id, is_loaded]),
    [
      ['m1', true],
      ['m2', false],
    ],
  );
  await registry.close();
  const fixed = createStaticDirectory('static', 'grpc://h:1').list(10);
  assert.deepEqual([fixed.total, fixed.workers[0]?.state], [1, 'static']);
});

test('a drained worker is draining for whoever routes, over its heartbeats, until it restarts or is taken back', async () => {
  const clock = new FakeClock();
  const inner = new MemoryRegistry({ clock, ttlMs: 60_000 });
  const marks = new MemoryDrainMarks();
  await using registry = Object.assign(new DrainableRegistry(inner, marks), {
    [Symbol.asyncDispose]: () => inner.close(),
  });
  await inner.register(workerRecord('w', { epoch: 1 }));
  await inner.register(workerRecord('other', { epoch: 1 }));
  const isDraining = () => registry.snapshot().find(({ name }) => name === 'w')?.draining === true;
  let changes = 0;
  registry.onChange(() => (changes += 1));
  assert.equal(isDraining(), false);
  await marks.mark('w', 1);
  assert.equal(changes, 1);
  assert.equal(isDraining(), true);
  assert.equal(registry.snapshot(), registry.snapshot(), 'the snapshot was made anew');
  await inner.heartbeat(workerRecord('w', { epoch: 1, draining: false }));
  assert.equal(isDraining(), true);
  assert.equal((await registry.getWorker('w'))?.draining, true);
  assert.equal((await registry.getWorker('other'))?.draining, undefined);
  await inner.heartbeat(workerRecord('w', { epoch: 2 }));
  assert.equal(isDraining(), false, 'the mark was for another life');
  await marks.mark('w', 2);
  await marks.unmark('w');
  assert.equal(isDraining(), false);
});

test('models are loaded and unloaded on a real worker, and its refusals come through', async () => {
  await using worker = await startWorker({ engine: tone(), name: 'w' });
  const admin = createGrpcWorkerAdmin({
    find: (name) => (name === 'w' ? worker.record() : undefined),
    connect,
    marks: new MemoryDrainMarks(),
    loadLock: new MemoryLoadLock(createSystemClock()),
    clock: createSystemClock(),
  });
  assert.partialDeepStrictEqual(await admin.loadModel('w', 'b'), { kind: 'done' });
  assert.deepEqual(worker.record().resident_models, ['a', 'b']);
  assert.deepEqual(await admin.unloadModel('w', 'b'), { kind: 'done', message: 'b is unloaded from w' });
  assert.deepEqual(worker.record().resident_models, ['a']);
  assert.deepEqual(await admin.unloadModel('w', 'b'), { kind: 'done', message: 'w: b was not loaded' });
  assert.deepEqual(await admin.loadModel('w', 'none'), {
    kind: 'refused',
    message: 'there is no model "none"; this worker has a, b',
  });
  for (const result of [
    await admin.drain('x'),
    await admin.undrain('x'),
    await admin.loadModel('x', 'a'),
    await admin.unloadModel('x', 'a'),
  ]) {
    assert.deepEqual(result, { kind: 'unknown_worker' });
  }
});

test('one load at a time: a second one is refused, and a slow one is answered before its end', async () => {
  const clock = new FakeClock();
  const loadLock = new MemoryLoadLock(clock);
  const held = await loadLock.tryAcquire('w', 1_000_000);
  const addr = `grpc://127.0.0.1:${await findFreePort()}`;
  let asked = 0;
  const options = { find: () => ({ addr }), loadLock, clock, marks: new MemoryDrainMarks() };
  const admin = createGrpcWorkerAdmin({
    ...options,
    connect: (to) => {
      asked += 1;
      const connection = connect(to);
      // Answers nothing for now, as a worker that is busy loading.
      connection.client.loadModel = () => ({}) as never;
      return connection;
    },
  });
  assert.partialDeepStrictEqual(await admin.loadModel('w', 'm'), { kind: 'refused' });
  assert.equal(asked, 0);
  await held?.release();
  const slow = admin.loadModel('w', 'm');
  await new Promise(setImmediate);
  clock.advance(45_000);
  assert.partialDeepStrictEqual(await slow, { kind: 'under_way' });
});

test('a worker or a registry that does not answer is told, and a fixed worker cannot be drained', async () => {
  const clock = createSystemClock();
  const addr = `grpc://127.0.0.1:${await findFreePort()}`;
  const failing = Object.assign(new MemoryDrainMarks(), {
    mark: () => Promise.reject(new Error('Redis is away')),
  });
  const find = () => ({ addr });
  const admin = createGrpcWorkerAdmin({ find, connect, clock, marks: failing });
  assert.partialDeepStrictEqual(await admin.unloadModel('w', 'm'), { kind: 'unreachable' });
  const drained = await admin.drain('w');
  assert.ok(drained.kind === 'unreachable' && drained.message.includes('Redis is away'));
  const fixed = createGrpcWorkerAdmin({ find, connect, clock });
  assert.partialDeepStrictEqual(await fixed.drain('w'), { kind: 'refused' });
});
