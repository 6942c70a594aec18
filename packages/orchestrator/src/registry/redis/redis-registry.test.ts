import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import {
  FakeClock,
  type RedisServer,
  silentLogger,
  skipWithout,
  startRedisServer,
  until,
} from '@parley/testkit';
import { RedisRegistration } from '@parley/worker';
import { connectRedis, type RedisLink, type WorkerRecord } from '@parley/worker-api';
import { createSystemClock } from '../../clock/system-clock.ts';
import { whyNone } from '../../routing/requirements.ts';
import type { WorkerRegistry } from '../worker-registry.ts';
import { testRegistryContract, workerRecord } from '../testing/registry-contract.ts';
import { RedisRegistry } from './redis-registry.ts';

const skip = skipWithout('redis-server');
const TTL_MS = 30_000;

let server: RedisServer;
before(async () => {
  if (skip === false) server = await startRedisServer();
});
after(() => server?.stop());

interface Stage {
  readonly clock: FakeClock;
  readonly registry: RedisRegistry;
  readonly registration: RedisRegistration;
  /** The registry's link, also for looking into Redis. */
  readonly link: RedisLink;
  readonly lines: string[];
}

/** A registry that refreshes by a clock of its own, over real links, and a worker's side to it. */
async function stage(t: TestContext, on: RedisServer = server): Promise<Stage> {
  const lines: string[] = [];
  const write = (fields: object, message: string): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  const logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
  const real = createSystemClock();
  const quick = { url: on.url, clock: real, logger, retryMinMs: 5, retryMaxMs: 40 };
  const links = [connectRedis(quick), connectRedis(quick)] as const;
  for (const link of links) assert.equal(await link.untilReady(10_000), true);
  const [link, workerLink] = links;
  await link.run(['FLUSHALL']);
  const clock = new FakeClock(Date.now());
  const registry = new RedisRegistry({ link, clock, logger, ttlMs: TTL_MS });
  const registration = new RedisRegistration({ link: workerLink, clock: real, logger, ttlMs: TTL_MS });
  t.after(async () => {
    await registry.close();
    registration.close();
    for (const open of links) open.close();
    assert.equal(clock.pending, 0, 'a timer was left behind');
  });
  return { clock, registry, registration, link, lines };
}

/** Moves the ends of all lives in Redis: nobody has to wait for them. */
async function age(link: RedisLink, ms: number): Promise<void> {
  const script = `
    for _, key in ipairs(redis.call('KEYS', '*')) do
      local left = redis.call('PTTL', key) - ARGV[1]
      if left > 0 then redis.call('PEXPIRE', key, left) else redis.call('DEL', key) end
    end`;
  await link.run(['EVAL', script, '0', `${ms}`]);
}

function changed(
  registry: WorkerRegistry,
  isSo: (workers: readonly WorkerRecord[]) => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const stop = registry.onChange(() => {
      if (!isSo(registry.snapshot())) return;
      stop();
      resolve();
    });
  });
}

const names = (workers: readonly WorkerRecord[]): string[] => workers.map(({ name }) => name).toSorted();

if (skip === false) {
  testRegistryContract('redis registry', async (t) => {
    const { registry, registration, clock, link } = await stage(t);
    return {
      registry,
      announcements: registration,
      ttlMs: TTL_MS,
      passTime: async (ms) => {
        await age(link, ms);
        clock.advance(ms);
      },
    };
  });
}

test(
  'a worker that comes, changes, drains or leaves is seen without waiting for a refresh',
  { skip },
  async (t) => {
    const { registry, registration } = await stage(t);
    const came = changed(registry, ({ length }) => length === 1);
    await registration.register(workerRecord('a'));
    await came;
    const loaded = changed(registry, ([a]) => a?.resident_models.includes('m2') === true);
    await registration.heartbeat(workerRecord('a', { resident_models: ['m1', 'm2'] }));
    await loaded;
    const drains = changed(registry, ([a]) => a?.draining === true);
    await registration.heartbeat(workerRecord('a', { draining: true }));
    await drains;
    const left = changed(registry, ({ length }) => length === 0);
    await registration.deregister('a');
    await left;
  },
);

test(
  'heartbeats without news are not told to everybody, and are read by the next refresh',
  { skip },
  async (t) => {
    const { registry, registration, clock } = await stage(t);
    const came = changed(registry, ({ length }) => length === 1);
    await registration.register(workerRecord('a'));
    await came;
    const busy = workerRecord('a', { metrics: { rtf: 0.3, queue_depth: 2, p50_latency_ms: 90 } });
    await registration.heartbeat(busy);
    // A worker told of later is seen, so whatever was told of before has been seen too.
    const other = changed(registry, ({ length }) => length === 2);
    await registration.register(workerRecord('b'));
    await other;
    assert.equal(registry.snapshot().find(({ name }) => name === 'a')?.metrics.queue_depth, 0);
    const refreshed = changed(registry, (all) => all.some(({ metrics }) => metrics.queue_depth === 2));
    clock.advance(3000);
    await refreshed;
  },
);

test(
  'records of others are read as text or hash, by the name of their key, and bad ones reported once',
  { skip },
  async (t) => {
    const { registry, link, clock, lines } = await stage(t);
    const seed = {
      name: 'tts-worker-0',
      addr: 'grpc://tts-worker:7002',
      capabilities: { streaming: true, languages: ['en', 'zh'], max_concurrent_sessions: 3, later: 1 },
      resident_models: ['cosyvoice2-en-base'],
    };
    await link.run(['SET', 'worker:tts-worker-0', JSON.stringify(seed), 'PX', '30000']);
    await link.run([
      'HSET',
      'worker:hash',
      'addr',
      'grpc://h:1',
      'capabilities',
      '{"max_concurrent_sessions":7}',
      'draining',
      'true',
    ]);
    await link.run(['SET', 'worker:renamed', JSON.stringify({ ...seed, name: 'other' })]);
    await link.run(['SET', 'worker:garbage', '{"name": "garbage", "addr"']);
    await link.run(['SET', 'worker:', '[]']);
    await link.run(['RPUSH', 'worker:list', 'x']);
    await link.run(['HSET', 'worker:nowhere', 'name', 'nowhere', 'addr', 'nonsense']);
    await link.run(['SET', 'worker-of-others', '{}']);
    const read = changed(registry, ({ length }) => length === 3);
    clock.advance(3000);
    await read;
    assert.deepEqual(names(registry.snapshot()), ['hash', 'renamed', 'tts-worker-0']);
    assert.deepEqual(names(await registry.getWorkers()), ['hash', 'renamed', 'tts-worker-0']);
    assert.equal((await registry.getWorker('hash'))?.capabilities.max_concurrent_sessions, 7);
    assert.equal((await registry.getWorker('hash'))?.draining, true);
    assert.equal(await registry.getWorkerTtl('hash'), Infinity);
    assert.equal(await registry.getWorker('garbage'), undefined);
    assert.equal(await registry.getWorker('list'), undefined);
    assert.equal(await registry.getWorker('nowhere'), undefined);
    const bad = lines.filter((line) => line.startsWith('a worker record cannot be read'));
    assert.match(bad.join('\n'), /worker record of nowhere: worker address .+nonsense.+ is not an address/);
    assert.equal(bad.length, 4, bad.join('\n'));
    await link.run(['SET', 'worker:garbage', JSON.stringify(seed)]);
    const mended = changed(registry, ({ length }) => length === 4);
    clock.advance(3000);
    await mended;
  },
);

test('a prefix with special characters finds its own keys only, however many', { skip }, async (t) => {
  const { link } = await stage(t);
  const clock = new FakeClock();
  const registry = new RedisRegistry({ link, clock, logger: silentLogger, keyPrefix: 'w*[x]:' });
  t.after(() => registry.close());
  const pairs = Array.from({ length: 2345 }, (_, i) => [`w*[x]:${i}`, '{"addr":"grpc://h:1"}']).flat();
  await link.run(['MSET', ...pairs, 'wax:0', '{"addr":"grpc://h:1"}']);
  assert.equal((await registry.getWorkers()).length, 2345);
});

test('while Redis is gone the snapshot stays, and seems no older', { skip }, async (t) => {
  const own = await startRedisServer();
  t.after(() => own.stop());
  const { registry, registration, link, clock } = await stage(t, own);
  const came = changed(registry, ({ length }) => length === 1);
  await registration.register(workerRecord('a'));
  await came;
  assert.equal(typeof registry.snapshot()[0]?.last_heartbeat_ts, 'number');
  const told = changed(registry, ([a]) => a?.last_heartbeat_ts === undefined);
  await own.kill();
  await told;
  clock.advance(TTL_MS * 10);
  assert.deepEqual(names(registry.snapshot()), ['a']);
  assert.equal(whyNone(registry.snapshot(), {}, { nowMs: clock.nowMs(), staleAfterMs: TTL_MS }), undefined);
  assert.equal(registry.status().kind, 'degraded');
  await until(() => !link.isReady);
  await assert.rejects(registry.getWorkers(), { code: 'REGISTRY_UNAVAILABLE' });
});

test(
  'of a Redis that comes back empty, live workers enter themselves at once, and others get time',
  { skip },
  async (t) => {
    const own = await startRedisServer();
    t.after(() => own.stop());
    const { registry, registration, link, clock } = await stage(t, own);
    const came = changed(registry, ({ length }) => length === 2);
    await registration.register(workerRecord('a'));
    await link.run(['SET', 'worker:foreign', '{"addr":"grpc://h:1"}', 'PX', '30000']);
    await link.run(['PUBLISH', 'worker:changes', 'foreign']);
    await came;
    const lost = changed(registry, ([a]) => a?.last_heartbeat_ts === undefined);
    await own.kill();
    await lost;
    const back = changed(
      registry,
      (all) => all.find(({ name }) => name === 'a')?.last_heartbeat_ts !== undefined,
    );
    await own.restart();
    await back;
    assert.equal(registry.status().kind, 'ok');
    assert.deepEqual(names(registry.snapshot()), ['a', 'foreign']);
    assert.equal(await registry.getWorker('foreign'), undefined);
    const gone = changed(registry, ({ length }) => length === 1);
    clock.advance(TTL_MS);
    await gone;
    assert.deepEqual(names(registry.snapshot()), ['a']);
  },
);

test('a worker that was frozen does not take its name back from its successor', { skip }, async (t) => {
  const { registration, registry } = await stage(t);
  await registration.register(workerRecord('a', { epoch: 1 }));
  await registration.register(workerRecord('a', { epoch: 2, addr: 'grpc://successor:1' }));
  await assert.rejects(registration.heartbeat(workerRecord('a', { epoch: 1 })), { code: 'SUPERSEDED' });
  await registration.deregister('a', 1);
  assert.equal((await registry.getWorker('a'))?.addr, 'grpc://successor:1');
});

test('missing rights are told in the status, and getting them helps', { skip }, async (t) => {
  const own = await startRedisServer({ user: { name: 'reader', password: 'p' } });
  t.after(() => own.stop());
  const { registry, registration, link, clock, lines } = await stage(t, own);
  const came = changed(registry, ({ length }) => length === 1);
  await registration.register(workerRecord('a'));
  await came;
  assert.notEqual(registry.snapshot()[0]?.last_heartbeat_ts, undefined);
  await link.run(['ACL', 'SETUSER', 'reader', '-scan']);
  const refreshUntil = (kind: string): Promise<void> =>
    until(() => {
      clock.advance(3000);
      return registry.status().kind === kind;
    });
  await refreshUntil('degraded');
  assert.match(lines.at(-1) ?? '', /does not show its workers/);
  assert.deepEqual(names(registry.snapshot()), ['a']);
  assert.equal(registry.snapshot()[0]?.last_heartbeat_ts, undefined, 'a worker seems silent as we are deaf');
  await assert.rejects(registry.getWorkers(), { code: 'REGISTRY_UNAVAILABLE' });
  assert.deepEqual(names(await registry.waitForWorkers({ timeoutMs: 0 })), ['a'], 'one look never fails');
  await link.run(['ACL', 'SETUSER', 'reader', '+scan']);
  await refreshUntil('ok');
  assert.notEqual(registry.snapshot()[0]?.last_heartbeat_ts, undefined);
});

test(
  'a Redis too slow to show its workers is told in the status, and they seem no older',
  { skip },
  async (t) => {
    const { link: admin, registration, lines } = await stage(t);
    await registration.register(workerRecord('a'));
    const clock = new FakeClock(Date.now());
    const write = (_fields: object, message: string): void => void lines.push(message);
    const logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
    const link = connectRedis({ url: server.url, clock, logger });
    const registry = new RedisRegistry({ link, clock, logger, ttlMs: TTL_MS });
    t.after(async () => {
      await registry.close();
      link.close();
    });
    await until(() => registry.snapshot().length === 1);
    // What comes after these waits for them; the answer to the first shows that Redis is there.
    const patient = { timeoutMs: 3_600_000 };
    const first = link.run(['BLPOP', 'first', '0'], patient);
    const second = link.run(['BLPOP', 'second', '0'], patient);
    clock.advance(3000);
    await admin.run(['RPUSH', 'first', '']);
    await first;
    clock.advance(2000);
    await until(() => registry.status().kind === 'degraded');
    assert.equal(link.isReady, true);
    assert.equal(registry.snapshot()[0]?.last_heartbeat_ts, undefined);
    await admin.run(['RPUSH', 'second', '']);
    await second;
    clock.advance(1000);
    await until(
      () => registry.status().kind === 'ok' && registry.snapshot()[0]?.last_heartbeat_ts !== undefined,
    );
  },
);

test(
  'a worker whose clock is wrong is used while it lives, and is silent when it falls silent',
  { skip },
  async (t) => {
    const { registry, link, clock } = await stage(t);
    const write = async (name: string, aheadMs: number): Promise<void> => {
      const last_heartbeat_ts = (clock.wallMs() + aheadMs) / 1000;
      await link.run(['SET', `worker:${name}`, JSON.stringify(workerRecord(name, { last_heartbeat_ts }))]);
    };
    const refresh = async (): Promise<void> => {
      const before = registry.snapshot();
      // Told of last: whatever was written before is seen with it.
      await link.run([
        'SET',
        'worker:marker',
        JSON.stringify(workerRecord('marker', { epoch: clock.nowMs() })),
      ]);
      clock.advance(3000);
      await until(() => registry.snapshot() !== before);
    };
    const stale = (): string[] =>
      names(registry.snapshot()).filter((name) => {
        const one = registry.snapshot().filter((worker) => worker.name === name);
        return whyNone(one, {}, { nowMs: clock.nowMs(), staleAfterMs: TTL_MS })?.reason === 'stale';
      });
    await write('behind', -3_600_000);
    await write('ahead', 3_600_000);
    await refresh();
    assert.deepEqual(names(registry.snapshot()), ['ahead', 'behind', 'marker']);
    assert.deepEqual(stale(), []);
    for (let i = 0; i < 5; i += 1) await refresh();
    await write('behind', -3_600_000);
    for (let i = 0; i < 5; i += 1) await refresh();
    assert.deepEqual(stale(), ['ahead']);
  },
);
