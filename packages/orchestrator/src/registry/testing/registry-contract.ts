import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { WorkerRecord } from '@parley/worker-api';
import type { WorkerAnnouncements, WorkerRegistry } from '../worker-registry.ts';

/** A registry under test, fresh and empty. */
export interface RegistryUnderTest {
  /** What orchestrators read. */
  readonly registry: WorkerRegistry;
  /** What workers write to. */
  readonly announcements: WorkerAnnouncements;
  /** Life of a record without a heartbeat, in ms. */
  readonly ttlMs: number;
  /** Lets `ms` of the registry's time go by. */
  readonly passTime: (ms: number) => Promise<void>;
}

/** Makes a registry that cleans up after itself at the end of the test. */
export type RegistryFactory = (t: TestContext) => Promise<RegistryUnderTest>;

/** A record as a worker writes it. */
export function workerRecord(name: string, changes: Partial<WorkerRecord> = {}): WorkerRecord {
  return {
    name,
    addr: 'grpc://127.0.0.1:7001',
    capabilities: { streaming: true, zero_shot: false, languages: ['en'], max_concurrent_sessions: 3 },
    resident_models: ['m1'],
    metrics: { rtf: 0.2, queue_depth: 0, p50_latency_ms: 100 },
    epoch: 1,
    ...changes,
  };
}

/** What every registry must do, whatever it is made of. */
export function testRegistryContract(kind: string, make: RegistryFactory): void {
  test(`${kind}: a registered worker is found by name, in the list and in the snapshot`, async (t) => {
    const { registry, announcements } = await make(t);
    assert.deepEqual(await registry.getWorkers(), []);
    assert.equal(await registry.getWorker('a'), undefined);
    const snapshotted = changed(registry, () => registry.snapshot().length === 2);
    await announcements.register(workerRecord('a'));
    await announcements.register(workerRecord('b'));
    assert.deepEqual(namesOf(await registry.getWorkers()), ['a', 'b']);
    assert.equal((await registry.getWorker('b'))?.addr, 'grpc://127.0.0.1:7001');
    await snapshotted;
    assert.deepEqual(namesOf(registry.snapshot()), ['a', 'b']);
    assert.equal(registry.snapshot(), registry.snapshot(), 'a snapshot that did not change was made anew');
  });

  test(`${kind}: a heartbeat renews the record and its time to live`, async (t) => {
    const { registry, announcements, ttlMs, passTime } = await make(t);
    await announcements.register(workerRecord('a'));
    await passTime(ttlMs * 0.8);
    await announcements.heartbeat(workerRecord('a', { draining: true }));
    await passTime(ttlMs * 0.8);
    assert.equal((await registry.getWorker('a'))?.draining, true);
    const ttl = await registry.getWorkerTtl('a');
    assert.ok(ttl !== undefined && ttl > 0 && ttl <= (ttlMs * 0.3) / 1000, `the time to live is ${ttl}`);
    assert.equal(await registry.getWorkerTtl('nobody'), undefined);
  });

  test(`${kind}: a worker without heartbeat is gone after its time to live, and a heartbeat brings it back`, async (t) => {
    const { registry, announcements, ttlMs, passTime } = await make(t);
    const there = changed(registry, () => registry.snapshot().length === 1);
    await announcements.register(workerRecord('a'));
    await there;
    const gone = changed(registry, () => registry.snapshot().length === 0);
    await passTime(ttlMs * 1.1);
    await gone;
    assert.deepEqual(await registry.getWorkers(), []);
    assert.equal(await registry.getWorkerTtl('a'), undefined);
    await announcements.heartbeat(workerRecord('a'));
    assert.deepEqual(namesOf(await registry.getWorkers()), ['a']);
  });

  test(`${kind}: a worker whose address is none is left out, and comes in when it has one`, async (t) => {
    const { registry, announcements } = await make(t);
    const there = changed(registry, () => registry.snapshot().length > 0);
    // Whether the writer is told is the writer's business.
    await announcements.register(workerRecord('a', { addr: 'nonsense' })).catch(() => undefined);
    await announcements.register(workerRecord('b'));
    await there;
    assert.deepEqual(namesOf(registry.snapshot()), ['b']);
    assert.deepEqual(namesOf(await registry.getWorkers()), ['b']);
    assert.equal(await registry.getWorker('a'), undefined);
    await announcements.register(workerRecord('a'));
    assert.deepEqual(namesOf(await registry.getWorkers()), ['a', 'b']);
  });

  test(`${kind}: a worker that says goodbye is gone, but not by the goodbye of its former life`, async (t) => {
    const { registry, announcements } = await make(t);
    await announcements.register(workerRecord('a', { epoch: 2 }));
    await announcements.deregister('a', 1);
    assert.deepEqual(namesOf(await registry.getWorkers()), ['a']);
    await announcements.deregister('a', 2);
    await announcements.deregister('a');
    assert.deepEqual(await registry.getWorkers(), []);
  });

  test(`${kind}: whoever waits for workers gets the first one, or none after the timeout`, async (t) => {
    const { registry, announcements, passTime } = await make(t);
    assert.deepEqual(await registry.waitForWorkers({ timeoutMs: 0 }), []);
    const tooShort = registry.waitForWorkers({ timeoutMs: 50 });
    const given = new AbortController();
    const abandoned = registry.waitForWorkers({ timeoutMs: 3_600_000, signal: given.signal });
    await passTime(60);
    assert.deepEqual(await tooShort, []);
    given.abort();
    assert.deepEqual(await abandoned, []);
    const waiting = registry.waitForWorkers({ timeoutMs: 3_600_000 });
    await announcements.register(workerRecord('a'));
    assert.deepEqual(namesOf(await waiting), ['a']);
    assert.deepEqual(namesOf(await registry.waitForWorkers({ timeoutMs: 0 })), ['a']);
  });

  test(`${kind}: closing ends waits and calls no listener any more`, async (t) => {
    const { registry } = await make(t);
    registry.onChange(() => assert.fail('a closed registry has told of a change'));
    const waiting = registry.waitForWorkers({ timeoutMs: 3_600_000 });
    await Promise.all([registry.close(), registry.close()]);
    assert.deepEqual(await waiting, []);
  });
}

function namesOf(workers: readonly WorkerRecord[]): string[] {
  return workers.map(({ name }) => name).toSorted();
}

function changed(registry: WorkerRegistry, isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = registry.onChange(() => {
      if (!isSo()) return;
      stop();
      resolve();
    });
  });
}
