import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@parley/testkit';
import { MemoryRegistry } from '../registry/index.ts';
import { workerRecord } from '../registry/testing/registry-contract.ts';
import { MemoryLeaseBook } from './memory-lease-book.ts';
import { RegistryRouter } from './registry-router.ts';
import type { WorkerPlace } from './router.ts';
import type { WorkerRequest } from './worker-request.ts';

const never = new AbortController().signal;

function stage() {
  const clock = new FakeClock();
  const registry = new MemoryRegistry({ clock, ttlMs: 3_600_000 });
  const leases = new MemoryLeaseBook();
  const router = new RegistryRouter({
    registry,
    leases,
    clock,
    strategy: 'queue_depth',
    preferResident: true,
    staleAfterMs: 3_600_000,
    capacityWaitMs: 0,
    random: () => 0.5,
  });
  let sessions = 0;
  const place = async (request: WorkerRequest = {}): Promise<WorkerPlace> => {
    sessions += 1;
    const result = await router.acquire(`s${sessions}`, request, never);
    assert.ok(result.kind === 'placed', `no place: ${JSON.stringify(result)}`);
    return result.place;
  };
  const fail = (failed: WorkerPlace, times: number): void => {
    for (let i = 0; i < times; i += 1) router.noteOutcome(failed, 'failed');
  };
  /** The workers that sessions get, one after the other, each leaving at once. */
  const names = async (count: number): Promise<string[]> => {
    const got: string[] = [];
    for (let i = 0; i < count; i += 1) {
      const one = await place();
      got.push(one.workerName);
      await router.release(one);
    }
    return [...new Set(got)].toSorted();
  };
  return { clock, registry, leases, router, place, fail, names };
}

test('a worker that fails five times in a row is left alone, then tried by one session', async () => {
  const { clock, registry, router, place, fail, names } = stage();
  await registry.register(workerRecord('a'));
  await registry.register(workerRecord('b'));
  const a = await place({ previousWorker: 'a' });
  fail(a, 4);
  await router.release(a);
  assert.deepEqual(await names(4), ['a', 'b']);
  fail(a, 1);
  assert.deepEqual(await names(4), ['b']);
  assert.deepEqual(router.condition(), { waiting: 0, breakers: { open: 1, probing: 0 } });
  clock.advance(10_000);
  const tries = [await place(), await place(), await place(), await place()];
  assert.equal(tries.filter(({ workerName }) => workerName === 'a').length, 1, 'one session tries it');
  assert.deepEqual(router.condition().breakers, { open: 0, probing: 1 });
  router.noteOutcome(a, 'succeeded');
  for (const one of tries) await router.release(one);
  assert.deepEqual(await names(4), ['a', 'b']);
});

test('the last worker that fits is never shut out', async () => {
  const { registry, place, fail, names } = stage();
  await registry.register(workerRecord('a'));
  fail(await place(), 50);
  assert.deepEqual(await names(2), ['a']);
});

test('a worker that comes back at another address starts anew', async () => {
  const { registry, router, place, fail, names } = stage();
  await registry.register(workerRecord('a'));
  await registry.register(workerRecord('b'));
  const a = await place({ previousWorker: 'a' });
  fail(a, 5);
  await router.release(a);
  assert.deepEqual(await names(4), ['b']);
  await registry.register(workerRecord('a', { addr: 'grpc://127.0.0.1:7999' }));
  assert.deepEqual(await names(4), ['a', 'b']);
  fail(a, 5);
  assert.deepEqual(await names(4), ['a', 'b'], 'what the old one did is not held against it');
});

test('a lost connection counts once, however many sessions were on it', async () => {
  const { registry, router, place } = stage();
  const many = { ...workerRecord('a').capabilities, max_concurrent_sessions: 100 };
  await registry.register(workerRecord('a', { capabilities: many }));
  const places = (count: number): Promise<WorkerPlace[]> =>
    Promise.all(Array.from({ length: count }, () => place()));
  const early = await place();
  for (let loss = 1; loss <= 4; loss += 1) {
    for (const one of await places(6)) router.noteOutcome(one, 'lost');
    assert.equal(router.condition().breakers.open, 0, `after ${loss}`);
  }
  // Of a connection that is long gone.
  router.noteOutcome(early, 'lost');
  assert.equal(router.condition().breakers.open, 0);
  router.noteOutcome(await place(), 'lost');
  assert.equal(router.condition().breakers.open, 1, 'the fifth in a row opens it');
});

test('losses that were counted are not counted again after the worker has done well', async () => {
  const { registry, router, place } = stage();
  const many = { ...workerRecord('a').capabilities, max_concurrent_sessions: 100 };
  await registry.register(workerRecord('a', { capabilities: many }));
  for (let loss = 1; loss <= 4; loss += 1) router.noteOutcome(await place(), 'lost');
  const [one, ...others] = await Promise.all(Array.from({ length: 6 }, () => place()));
  assert.ok(one !== undefined);
  router.noteOutcome(one, 'succeeded');
  for (const other of others) router.noteOutcome(other, 'lost');
  assert.equal(router.condition().breakers.open, 0, 'it is one loss more');
});

test('a worker that fails is the last resort where no other has room, and one that does not answer is none', async () => {
  const { registry, leases, router } = stage();
  const one = { ...workerRecord('w').capabilities, max_concurrent_sessions: 1 };
  for (let i = 0; i < 40; i += 1) {
    await registry.register(workerRecord(`w${i}`, { capabilities: one }));
    if (i > 1) await leases.claim('other', [{ workerName: `w${i}`, capacity: 1 }]);
  }
  const placeOf = (name: string): WorkerPlace => ({ workerName: name, addr: workerRecord(name).addr });
  router.noteOutcome(placeOf('w0'), 'silent');
  for (let i = 0; i < 5; i += 1) router.noteOutcome(placeOf('w1'), 'failed');
  const { kind } = await router.acquire('s1', { mayWait: false }, never);
  assert.equal(kind, 'unavailable', 'who must not wait gets no failing worker');
  const resort = await router.acquire('s2', {}, never);
  assert.ok(
    resort.kind === 'placed' && resort.place.workerName === 'w1' && resort.place.isLastResort === true,
  );
  assert.equal((await router.acquire('s3', {}, never)).kind, 'unavailable');
});

test('what fails otherwise counts for each session, lost connections or not', async () => {
  const { registry, router, place } = stage();
  await registry.register(workerRecord('a'));
  const [one, two] = [await place(), await place()];
  router.noteOutcome(one, 'lost');
  for (let i = 0; i < 4; i += 1) router.noteOutcome(two, 'failed');
  assert.equal(router.condition().breakers.open, 1);
});

test('the one free place among hundreds of full workers is found', async () => {
  const { registry, leases, place } = stage();
  const one = { ...workerRecord('w').capabilities, max_concurrent_sessions: 1 };
  for (let i = 0; i < 300; i += 1) await registry.register(workerRecord(`w${i}`, { capabilities: one }));
  const got = new Set<string>();
  for (let i = 0; i < 300; i += 1) got.add((await place()).workerName);
  assert.equal(got.size, 300);
  assert.equal(leases.activeSessions('w0'), 1);
});

test('the one free place among many full workers is found past one of them that fails', async () => {
  const { registry, leases, place, fail } = stage();
  const one = { ...workerRecord('w').capabilities, max_concurrent_sessions: 1 };
  for (let i = 0; i < 100; i += 1) {
    await registry.register(workerRecord(`w${i}`, { capabilities: one }));
    if (i !== 50) await leases.claim('other', [{ workerName: `w${i}`, capacity: 1 }]);
  }
  // With chances of one half the middle of each stretch is drawn: this is one of them, and the free one is not.
  fail({ workerName: 'w1', addr: workerRecord('w1').addr }, 5);
  assert.equal((await place()).workerName, 'w50');
});

test('a place says whether its worker must load the model, and who has it is known', async () => {
  const { registry, router, place } = stage();
  const models = [{ model_id: 'm2', family: 'f', languages: [], is_loaded: false }];
  await registry.register(workerRecord('a', { resident_models: ['m1'], models }));
  assert.equal((await place({ modelId: 'm1' })).mustLoad, false);
  const place2 = await place({ modelId: 'm2' });
  assert.deepEqual([place2.mustLoad, place2.residentModels], [true, ['m1']]);
  assert.equal(router.hasResident({ modelId: 'm2' }), false);
  await registry.register(workerRecord('a', { resident_models: ['m1', 'm2'], models }));
  assert.equal(router.hasResident({ modelId: 'm2' }), true);
});
