import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  FakeClock,
  type RedisServer,
  skipWithout,
  startRedisServer,
  silentLogger,
  until,
} from '@parley/testkit';
import { connectRedis, numbersOf, type RedisLink, type RedisScript } from '@parley/worker-api';
import { createSystemClock } from '../../clock/system-clock.ts';
import type { Lease } from '../lease-book.ts';
import { candidates, testLeaseBookContract } from '../testing/lease-book-contract.ts';
import type { ClaimOutcome } from '../lease-metrics.ts';
import { ClaimAnswer, claimScript, renewScript } from './lease-scripts.ts';
import { RedisLeaseBook, type RedisLeaseBookOptions } from './redis-lease-book.ts';

const skip = skipWithout('redis-server');
const holder = fileURLToPath(new URL('../testing/lease-holder.ts', import.meta.url));
const racer = fileURLToPath(new URL('../testing/claim-racer.ts', import.meta.url));

let server: RedisServer;
let probe: RedisLink;
const real = createSystemClock();
before(async () => {
  if (skip !== false) return;
  server = await startRedisServer();
  probe = connectRedis({ url: server.url, clock: real, logger: silentLogger });
  assert.equal(await probe.untilReady(10_000), true);
});
after(async () => {
  probe?.close();
  await server?.stop();
});

interface Stage {
  readonly book: RedisLeaseBook;
  readonly link: RedisLink;
  readonly outcomes: ClaimOutcome[];
  /** How many leases Redis has no room for, as last told. */
  readonly unbacked: () => number;
}

let owners = 0;

async function open(
  t: TestContext,
  options: Partial<RedisLeaseBookOptions> = {},
  url = server.url,
): Promise<Stage> {
  const link = connectRedis({ url, clock: real, logger: silentLogger, retryMinMs: 5, retryMaxMs: 40 });
  assert.equal(await link.untilReady(10_000), true);
  const outcomes: ClaimOutcome[] = [];
  owners += 1;
  const book = new RedisLeaseBook({
    link,
    clock: real,
    logger: silentLogger,
    owner: `o${owners}`,
    recoveryMs: 0,
    // Tests on a busy machine are not about time, but for those that say so.
    claimTimeoutMs: 20_000,
    metrics: {
      claimDone: (outcome) => void outcomes.push(outcome),
    },
    ...options,
  });
  t.after(async () => {
    await book.close();
    link.close();
  });
  await until(() => book.status().kind === 'ok');
  return { book, link, outcomes, unbacked: () => book.held().unbacked };
}

async function fresh(t: TestContext, options: Partial<RedisLeaseBookOptions> = {}): Promise<Stage> {
  await probe.run(['FLUSHALL']);
  return open(t, options);
}

async function claim(book: RedisLeaseBook, capacities: Record<string, number>): Promise<Lease> {
  const lease = await book.claim('s', candidates(capacities));
  assert.ok(lease !== undefined, 'there was no room');
  return lease;
}

async function count(worker: string, link = probe): Promise<number> {
  return Number(await link.run(['ZCARD', `lease:${worker}`]));
}

/** In ms. */
async function timeOfRedis(): Promise<number> {
  const [seconds, micros] = (await probe.run(['TIME'])) as [string, string];
  return Number(seconds) * 1000 + Number(micros) / 1000;
}

if (skip === false) testLeaseBookContract('redis lease book', async (t) => (await fresh(t)).book);

test(
  'orchestrators see each other only through the book, and learn of a place that becomes free',
  { skip },
  async (t) => {
    const one = await fresh(t, { workerNames: () => ['a', 'b'], countMs: 5 });
    const two = await open(t, { workerNames: () => ['a', 'b'], countMs: 5 });
    const lease = await claim(one.book, { a: 1 });
    assert.equal(await two.book.claim('s', candidates({ a: 1 })), undefined);
    assert.equal(two.book.activeSessions('a'), 1, 'a claim in vain tells how many there are');
    const extra = await claim(one.book, { b: 9 });
    await until(() => two.book.activeSessions('b') === 1);
    const told = new Promise<void>((resolve) => void two.book.onRelease(() => resolve()));
    await one.book.release(lease);
    await told;
    await claim(two.book, { a: 1 });
    await one.book.release(extra);
    await until(() => one.book.activeSessions('b') === 0 && two.book.activeSessions('b') === 0);
    assert.deepEqual([one.book.size, two.book.size], [0, 1]);
  },
);

test('a long list of full workers is searched to its end', { skip }, async (t) => {
  const { book } = await fresh(t);
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`w${i}`, 1]));
  const leases = await Promise.all(Array.from({ length: 201 }, () => book.claim('s', candidates(many))));
  assert.equal(new Set(leases.map((lease) => lease?.workerName)).size, 201);
  assert.equal(leases.filter((lease) => lease === undefined).length, 1);
});

test(
  'three processes that race for places never hold more than there are, in 10,500 claims',
  { skip },
  async () => {
    await probe.run(['FLUSHALL']);
    const runs = ['x', 'y', 'z'].map(async (owner) => {
      const { stdout } = await promisify(execFile)(process.execPath, [
        racer,
        server.url,
        owner,
        '3500',
        '5',
        '3',
      ]);
      return JSON.parse(stdout) as { taken: number; full: number; tooMany: number; alone: number };
    });
    const outcomes = await Promise.all(runs);
    for (const { taken, full, tooMany, alone } of outcomes) {
      assert.equal(taken + full, 3500);
      assert.deepEqual({ tooMany, alone }, { tooMany: 0, alone: 0 });
    }
    const total = (name: 'taken' | 'full'): number =>
      outcomes.reduce((sum, outcome) => sum + outcome[name], 0);
    assert.ok(total('taken') > 1000 && total('full') > 100, `it was no race: ${JSON.stringify(outcomes)}`);
    assert.deepEqual([await count('a'), await count('b'), await count('c')], [0, 0, 0]);
  },
);

test(
  'leases are renewed while their owner lives, and free within one life after it is killed',
  { skip },
  async (t) => {
    const ttlMs = 1000;
    const { book } = await fresh(t, { ttlMs, renewMs: 200 });
    const doomed = spawn(process.execPath, [holder, server.url, `${ttlMs}`, 'a', '4', '3'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => doomed.kill('SIGKILL'));
    await once(doomed.stdout, 'data');
    const mine = await claim(book, { a: 4 });
    const endsOf = async (): Promise<number[]> => {
      const entries = (await probe.run(['ZRANGE', 'lease:a', '0', '-1', 'WITHSCORES'])) as [string, number][];
      return entries.filter(([id]) => id !== mine.id).map(([, endsAt]) => endsAt);
    };
    const firstEnds = Math.max(...(await endsOf()));
    await until(async () => (await timeOfRedis()) > firstEnds);
    assert.equal((await endsOf()).length, 3);
    assert.equal(await book.claim('s', candidates({ a: 4 })), undefined);
    doomed.kill('SIGKILL');
    await once(doomed, 'exit');
    const lastEnds = Math.max(...(await endsOf()));
    assert.ok(
      lastEnds <= (await timeOfRedis()) + ttlMs,
      'a lease would outlive its owner by more than its life',
    );
    await until(async () => (await timeOfRedis()) > lastEnds);
    const leases = await Promise.all(Array.from({ length: 4 }, () => book.claim('s', candidates({ a: 4 }))));
    assert.equal(leases.filter((lease) => lease !== undefined).length, 3);
  },
);

test(
  'Redis killed and restarted empty: live leases are entered before new ones are given',
  { skip },
  async (t) => {
    const own = await startRedisServer();
    t.after(() => own.stop());
    const one = await open(t, {}, own.url);
    const two = await open(t, {}, own.url);
    const held = [
      await claim(one.book, { a: 3 }),
      await claim(one.book, { a: 3 }),
      await claim(two.book, { a: 3 }),
    ];
    await own.kill();
    await until(() => one.book.status().kind === 'degraded' && two.book.status().kind === 'degraded');
    await own.restart();
    await until(() => one.book.status().kind === 'ok' && two.book.status().kind === 'ok');
    assert.equal(await count('a', one.link), 3);
    assert.equal(await one.book.claim('s', candidates({ a: 3 })), undefined);
    assert.deepEqual(
      held.map(({ workerName }) => workerName),
      ['a', 'a', 'a'],
    );
    const [, , last] = held;
    assert.ok(last !== undefined);
    await two.book.release(last);
    assert.equal(await count('a', one.link), 2);
  },
);

test('a Redis emptied behind our back is noticed by the next claim', { skip }, async (t) => {
  const { book, outcomes } = await fresh(t);
  await claim(book, { a: 2 });
  await probe.run(['FLUSHALL']);
  // The claim that finds it out is served here alone: half of two places is one, and that is taken.
  assert.equal(await book.claim('s', candidates({ a: 2 })), undefined);
  await until(() => book.status().kind === 'ok');
  assert.equal(await count('a'), 1);
  await claim(book, { a: 2 });
  assert.deepEqual(outcomes, ['shared', 'no_room', 'shared']);
});

test('while a new book fills, only a share of the places is given, to all together', { skip }, async (t) => {
  const one = await fresh(t, { recoveryMs: 3_600_000 });
  const two = await open(t, { recoveryMs: 3_600_000 });
  await claim(one.book, { a: 4 });
  await claim(two.book, { a: 4 });
  assert.equal(await one.book.claim('s', candidates({ a: 4 })), undefined);
  await claim(one.book, { b: 1 });
});

test(
  'without Redis a share of the places is given here, and entered when it is back, as far as there is room',
  { skip },
  async (t) => {
    const own = await startRedisServer();
    t.after(() => own.stop());
    const one = await open(t, {}, own.url);
    const two = await open(t, {}, own.url);
    await claim(one.book, { a: 3 });
    await own.kill();
    await until(() => one.book.status().kind === 'degraded' && two.book.status().kind === 'degraded');
    const status = one.book.status();
    assert.ok(status.kind === 'degraded' && status.sinceWallMs <= Date.now() && status.why !== '');
    const given = await claim(one.book, { a: 3 });
    await claim(two.book, { a: 3 });
    await claim(two.book, { a: 3 });
    assert.equal(await one.book.claim('s', candidates({ a: 3 })), undefined);
    assert.deepEqual(one.outcomes, ['shared', 'local', 'no_room']);
    await one.book.release(given);
    await claim(one.book, { a: 3 });
    await own.restart();
    await until(() => one.book.status().kind === 'ok' && two.book.status().kind === 'ok');
    assert.equal(await count('a', one.link), 3, 'the fourth has no room and is held without being entered');
    assert.deepEqual([one.book.size, two.book.size], [2, 2]);
    assert.equal(one.unbacked() + two.unbacked(), 1);
  },
);

test(
  'a frozen Redis costs a claim its deadline once; when it wakes up, nothing of what was given back counts',
  { skip },
  async (t) => {
    const own = await startRedisServer();
    t.after(() => own.stop());
    const clock = new FakeClock();
    const link = connectRedis({ url: own.url, clock, logger: silentLogger, commandTimeoutMs: 5000 });
    const book = new RedisLeaseBook({ link, clock, logger: silentLogger, owner: 'frozen', recoveryMs: 0 });
    t.after(async () => {
      await book.close();
      link.close();
      assert.equal(clock.pending, 0, 'a timer was left behind');
    });
    await until(() => book.status().kind === 'ok');
    // Redis knows the script from now on: it carries out what it finds when it wakes up, unless that is late.
    await book.release(await claim(book, { a: 4 }));
    own.pause();
    let lease: Lease | undefined;
    const claiming = book.claim('s', candidates({ a: 4 })).then((got) => (lease = got));
    clock.advance(249);
    for (let i = 0; i < 50; i += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(lease, undefined);
    clock.advance(1);
    await claiming;
    assert.ok(lease !== undefined);
    // No time passes: it is known by now that nobody answers.
    await claim(book, { a: 4 });
    assert.equal(book.status().kind, 'degraded');
    own.resume();
    await book.release(lease);
    await until(() => {
      clock.advance(10);
      return book.status().kind === 'ok';
    });
    assert.equal(await count('a', link), 1, 'what was given back has left a lease');
  },
);

test('what Redis finds after its last moment has no effect', { skip }, async (t) => {
  const { book } = await fresh(t);
  const given = await claim(book, { a: 4 });
  const late = `${(await timeOfRedis()) - 1}`;
  const bookKey = 'book-of-lease:';
  const answersOf = async (script: RedisScript, ...args: string[]): Promise<readonly number[]> =>
    numbersOf(await probe.script(script, [bookKey, 'lease:a'], [late, ...args]));
  assert.equal((await answersOf(claimScript, 'late', '10000', '0', '1', '4'))[0], ClaimAnswer.late);
  assert.equal((await answersOf(renewScript, '10000', '4', '1', 'late'))[0], ClaimAnswer.late);
  assert.deepEqual(await probe.run(['ZRANGE', 'lease:a', '0', '-1']), [given.id]);
});

test('a read-only Redis degrades the book, and one that takes writes again mends it', { skip }, async (t) => {
  const own = await startRedisServer();
  t.after(() => own.stop());
  const { book } = await open(t, {}, own.url);
  const admin = connectRedis({ url: own.url, clock: real, logger: silentLogger });
  t.after(() => admin.close());
  await admin.untilReady(10_000);
  await claim(book, { a: 4 });
  await admin.run(['REPLICAOF', '127.0.0.1', `${server.port}`]);
  await claim(book, { a: 4 });
  const status = book.status();
  assert.match(status.kind === 'degraded' ? status.why : '', /READONLY|LOADING|MASTERDOWN|lost/);
  await until(
    async () =>
      (await admin.untilReady(100)) && (await admin.run(['REPLICAOF', 'NO', 'ONE']).catch(() => '')) === 'OK',
  );
  await until(() => book.status().kind === 'ok');
  assert.equal(await count('a', admin), 2);
});

test('a read-only Redis is noticed also where there is no lease', { skip }, async (t) => {
  const own = await startRedisServer();
  t.after(() => own.stop());
  const { book } = await open(t, { renewMs: 5 }, own.url);
  const admin = connectRedis({ url: own.url, clock: real, logger: silentLogger });
  t.after(() => admin.close());
  await admin.untilReady(10_000);
  await admin.run(['REPLICAOF', '127.0.0.1', '1']);
  await until(() => book.status().kind === 'degraded');
  assert.equal(book.size, 0);
});

test('closing gives all leases back, and does not wait for a Redis that is gone', { skip }, async (t) => {
  const one = await fresh(t);
  await claim(one.book, { a: 4 });
  await claim(one.book, { b: 4 });
  await Promise.all([one.book.close(), one.book.close()]);
  assert.deepEqual([await count('a'), await count('b')], [0, 0]);
  assert.equal(await one.book.claim('s', candidates({ a: 4 })), undefined);

  const own = await startRedisServer();
  t.after(() => own.stop());
  const two = await open(t, {}, own.url);
  await claim(two.book, { a: 4 });
  await own.kill();
  await two.book.close();
});
