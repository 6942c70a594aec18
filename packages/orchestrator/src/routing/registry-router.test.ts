import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@parley/testkit';
import { MemoryRegistry } from '../registry/index.ts';
import { workerRecord } from '../registry/testing/registry-contract.ts';
import { MemoryLeaseBook } from './memory-lease-book.ts';
import { RegistryRouter, type RegistryRouterOptions } from './registry-router.ts';
import type { RouteResult, WorkerPlace } from './router.ts';
import { StaticRouter } from './static-router.ts';

interface Stage {
  readonly clock: FakeClock;
  readonly registry: MemoryRegistry;
  readonly leases: MemoryLeaseBook;
  readonly router: RegistryRouter;
}

function stage(options: Partial<RegistryRouterOptions> = {}, clock: FakeClock = new FakeClock()): Stage {
  const registry = new MemoryRegistry({ clock, ttlMs: 3_600_000 });
  const leases = new MemoryLeaseBook();
  const router = new RegistryRouter({
    registry,
    leases,
    clock,
    strategy: 'queue_depth',
    preferResident: true,
    staleAfterMs: 3_600_000,
    capacityWaitMs: 500,
    random: () => 0,
    ...options,
  });
  return { clock, registry, leases, router };
}

const never = new AbortController().signal;

function placeOf(result: RouteResult): WorkerPlace {
  assert.ok(result.kind === 'placed', `no place: ${JSON.stringify(result)}`);
  return result.place;
}

async function tick(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test('sessions spread over workers, and never more than a worker takes', async () => {
  const { registry, router, leases, clock } = stage();
  await registry.register(workerRecord('a'));
  await registry.register(workerRecord('b'));
  const all = Array.from({ length: 7 }, (_, i) => router.acquire(`s${i}`, {}, never));
  const placed = (await Promise.all(all.slice(0, 6))).map((result) => placeOf(result).workerName);
  assert.deepEqual(placed.toSorted(), ['a', 'a', 'a', 'b', 'b', 'b']);
  clock.advance(500);
  assert.equal((await all[6])?.kind, 'unavailable');
  assert.deepEqual([leases.activeSessions('a'), leases.activeSessions('b')], [3, 3]);
});

test('orchestrators that start together do not go through the workers together', async () => {
  const firsts = new Set<string>();
  for (const draw of [0, 0.25, 0.5, 0.75]) {
    const { registry, router } = stage({ strategy: 'round_robin', random: () => draw });
    for (const name of ['a', 'b', 'c']) await registry.register(workerRecord(name));
    firsts.add(placeOf(await router.acquire('s', {}, never)).workerName);
  }
  assert.ok(firsts.size > 1, `all began with ${[...firsts].join()}`);
});

test('a place that becomes free is for the first who has a use for it', async () => {
  const { registry, router } = stage();
  const speaking = (language: string) => ({
    capabilities: { ...workerRecord('a').capabilities, languages: [language], max_concurrent_sessions: 1 },
  });
  await registry.register(workerRecord('a', speaking('en')));
  await registry.register(workerRecord('b', speaking('de')));
  const english = placeOf(await router.acquire('s0', { language: 'en' }, never));
  const german = placeOf(await router.acquire('s1', { language: 'de' }, never));
  const order: string[] = [];
  for (const language of ['en', 'en', 'de']) {
    void router.acquire('s', { language }, never).then(({ kind }) => order.push(`${language} ${kind}`));
  }
  await tick();
  await router.release(german);
  await tick();
  assert.deepEqual(order, ['de placed']);
  await router.release(english);
  await tick();
  assert.deepEqual(order, ['de placed', 'en placed']);
  router.close();
});

test('whoever waits gets the place that becomes free, the first first', async () => {
  const { registry, router, clock } = stage();
  await registry.register(
    workerRecord('a', { capabilities: { ...workerRecord('a').capabilities, max_concurrent_sessions: 1 } }),
  );
  const place = placeOf(await router.acquire('s0', {}, never));
  const order: string[] = [];
  const waiting = ['s1', 's2'].map(async (id) => {
    const result = await router.acquire(id, {}, never);
    order.push(`${id} ${result.kind}`);
  });
  await tick();
  assert.deepEqual(order, []);
  await router.release(place);
  await router.release(place);
  await tick();
  assert.deepEqual(order, ['s1 placed']);
  clock.advance(500);
  await Promise.all(waiting);
  assert.deepEqual(order, ['s1 placed', 's2 unavailable']);
  assert.equal(clock.pending, 1, 'only the time to live of the worker may be pending');
});

test('a worker that joins serves those who wait', async () => {
  const { registry, router } = stage();
  const one = { ...workerRecord('a').capabilities, max_concurrent_sessions: 1 };
  await registry.register(workerRecord('a', { capabilities: one }));
  await router.acquire('s0', {}, never);
  const waiting = router.acquire('s1', {}, never);
  await tick();
  await registry.register(workerRecord('b'));
  assert.equal(placeOf(await waiting).workerName, 'b');
});

test('a place that is freed while the book is being asked is not missed', async () => {
  const { registry, router, leases } = stage();
  const one = { ...workerRecord('a').capabilities, max_concurrent_sessions: 1 };
  await registry.register(workerRecord('a', { capabilities: one }));
  const place = placeOf(await router.acquire('s0', {}, never));
  const claim = leases.claim.bind(leases);
  leases.claim = async (sessionId, candidates) => {
    const lease = await claim(sessionId, candidates);
    if (lease === undefined) await router.release(place);
    return lease;
  };
  assert.equal((await router.acquire('s1', {}, never)).kind, 'placed');
});

test('the queue is bounded, and a wait can be given up', async () => {
  const { registry, router } = stage({ maxWaiting: 1 });
  const one = { ...workerRecord('a').capabilities, max_concurrent_sessions: 1 };
  await registry.register(workerRecord('a', { capabilities: one }));
  await router.acquire('s0', {}, never);
  const given = new AbortController();
  const waiting = router.acquire('s1', {}, given.signal);
  await tick();
  const tooMany = await router.acquire('s2', {}, never);
  assert.equal(tooMany.kind === 'unavailable' && tooMany.reason, 'no_room');
  given.abort();
  assert.deepEqual(await waiting, { kind: 'aborted' });
});

test('closing ends all waits', async () => {
  const { registry, router, clock } = stage();
  const one = { ...workerRecord('a').capabilities, max_concurrent_sessions: 1 };
  await registry.register(workerRecord('a', { capabilities: one }));
  await router.acquire('s0', {}, never);
  const waiting = router.acquire('s1', {}, never);
  await tick();
  router.close();
  const result = await waiting;
  assert.equal(result.kind === 'unavailable' && result.reason, 'closed');
  await registry.close();
  assert.equal(clock.pending, 0);
});

test('without a worker that fits there is no wait, and the reason is told', async () => {
  const { registry, router } = stage();
  const none = await router.acquire('s0', {}, never);
  assert.deepEqual(none, {
    kind: 'unavailable',
    reason: 'no_workers',
    message: 'There are no workers.',
    retryAfterMs: 1000,
  });
  await registry.register(workerRecord('a'));
  const model = await router.acquire('s0', { modelId: 'm9' }, never);
  assert.deepEqual(model, {
    kind: 'unavailable',
    reason: 'model',
    message: 'No worker has the model "m9".',
  });
});

test('a place serves what its worker can do, and lives as long as its worker', async () => {
  const { registry, router } = stage();
  await registry.register(workerRecord('a'));
  const place = placeOf(await router.acquire('s0', {}, never));
  assert.equal(router.serves(place, { language: 'en-GB', modelId: 'm1' }), true);
  assert.equal(router.serves(place, { language: 'de' }), false);
  assert.equal(router.isLive(place), true);
  await registry.register(workerRecord('a', { addr: 'grpc://127.0.0.1:7002' }));
  assert.equal(router.isLive(place), false);
});

test('static routing always gives the one worker', async () => {
  const router = new StaticRouter('localhost:7001');
  assert.equal(router.getStaticWorker(), 'grpc://localhost:7001');
  const place = placeOf(await router.acquire('s0', { language: 'xx', modelId: 'y' }, never));
  assert.equal(place.addr, 'grpc://localhost:7001');
  const refused = await router.acquire('s0', { exclude: new Set([place.workerName]) }, never);
  assert.equal(refused.kind === 'unavailable' && refused.reason, 'refused');
  assert.throws(() => new StaticRouter('http://x:1'), { code: 'WORKER_ADDRESS_INVALID' });
});

test('whoever waits gets a place on the only worker that fits, even one that has failed again and again', async () => {
  const { registry, router, clock } = stage();
  const one = { ...workerRecord('w').capabilities, max_concurrent_sessions: 1 };
  await registry.register(workerRecord('a', { capabilities: one }));
  const place = placeOf(await router.acquire('s1', {}, never));
  for (let i = 0; i < 5; i += 1) router.noteOutcome(place, 'failed');
  const waiting = router.acquire('s2', {}, never);
  await tick();
  assert.deepEqual(router.condition(), { waiting: 1, breakers: { open: 1, probing: 0 } });
  await router.release(place);
  await tick();
  clock.advance(500);
  assert.equal(placeOf(await waiting).workerName, 'a');
});

test('no worker has fallen silent because the time of day jumps', async () => {
  let jumpMs = 0;
  const clock = Object.assign(new FakeClock(), { wallMs: () => Date.UTC(2030, 0, 1) + jumpMs });
  const { registry, router } = stage({ staleAfterMs: 30_000 }, clock);
  await registry.register(workerRecord('a'));
  for (jumpMs of [60_000, -60_000]) await router.release(placeOf(await router.acquire('s', {}, never)));
  clock.advance(29_999);
  assert.equal((await router.acquire('s', {}, never)).kind, 'placed');
  clock.advance(1);
  const late = await router.acquire('s', {}, never);
  assert.equal(late.kind === 'unavailable' && late.reason, 'stale');
});

test('whoever waits is given a worker that fails only when no other has had room in time', async () => {
  const { registry, router, clock } = stage();
  const one = { ...workerRecord('w').capabilities, max_concurrent_sessions: 1 };
  for (const name of ['a', 'b']) await registry.register(workerRecord(name, { capabilities: one }));
  const bad = placeOf(await router.acquire('s1', { previousWorker: 'a' }, never));
  const good = placeOf(await router.acquire('s2', { previousWorker: 'b' }, never));
  for (let i = 0; i < 5; i += 1) router.noteOutcome(bad, 'failed');
  const lucky = router.acquire('s3', {}, never);
  const waiting = router.acquire('s4', {}, never);
  const full = router.acquire('s5', {}, never);
  await tick();
  await router.release(bad);
  await tick();
  assert.equal(router.condition().waiting, 3);
  await router.release(good);
  assert.equal(placeOf(await lucky).workerName, 'b');
  clock.advance(500);
  assert.equal(placeOf(await waiting).workerName, 'a');
  assert.equal((await full).kind, 'unavailable');
});

test('who must not wait, or wants something else, is not given a worker that fails', async () => {
  const { registry, router } = stage({ capacityWaitMs: 0 });
  const one = { ...workerRecord('w').capabilities, max_concurrent_sessions: 1 };
  for (const name of ['a', 'b']) await registry.register(workerRecord(name, { capabilities: one }));
  const bad = placeOf(await router.acquire('s1', { previousWorker: 'a' }, never));
  await router.acquire('s2', { previousWorker: 'b' }, never);
  for (let i = 0; i < 5; i += 1) router.noteOutcome(bad, 'failed');
  await router.release(bad);
  assert.equal((await router.acquire('s3', { mayWait: false }, never)).kind, 'unavailable');
  assert.equal((await router.acquire('s3', { exclude: new Set(['a']) }, never)).kind, 'unavailable');
  assert.equal(placeOf(await router.acquire('s3', {}, never)).workerName, 'a');
});
