import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { FakeClock, silentLogger, skipWithout, startRedisServer, until } from '@parley/testkit';
import { connectRedis, type RedisLink } from '@parley/worker-api';
import { createSystemClock } from '../../clock/system-clock.ts';
import { candidates } from '../testing/lease-book-contract.ts';
import { RedisLeaseBook } from './redis-lease-book.ts';

const skip = skipWithout('redis-server');

interface Stage {
  readonly book: RedisLeaseBook;
  readonly link: RedisLink;
  /** Renews every 3 s, counts every second. */
  readonly clock: FakeClock;
  /** Keys that warnings named. */
  readonly named: string[];
  /** All warnings. */
  readonly warnings: string[];
}

async function stage(t: TestContext): Promise<Stage> {
  const server = await startRedisServer();
  t.after(() => server.stop());
  const link = connectRedis({ url: server.url, clock: createSystemClock(), logger: silentLogger });
  assert.equal(await link.untilReady(10_000), true);
  const named: string[] = [];
  const warnings: string[] = [];
  const warn = (fields: object, message: string): void => {
    warnings.push(message);
    if ('key' in fields) named.push(String(fields.key));
  };
  const logger = { ...silentLogger, warn };
  const clock = new FakeClock();
  const workerNames = (): string[] => ['a', 'b'];
  const book = new RedisLeaseBook({ link, clock, logger, owner: 'o', recoveryMs: 0, workerNames });
  t.after(async () => {
    await book.close();
    link.close();
  });
  await until(() => book.status().kind === 'ok');
  return { book, link, clock, named, warnings };
}

test('a claim clears keys that hold something else, names each once, and is shared', { skip }, async (t) => {
  const { book, link, named, warnings } = await stage(t);
  await link.run(['SET', 'lease:a', 'oops']);
  await link.run(['RPUSH', 'lease:b', 'oops']);
  const leases = await Promise.all(
    ['s1', 's2', 's3'].map((id) => book.claim(id, candidates({ a: 1, b: 1 }))),
  );
  assert.deepEqual(leases.map((lease) => lease?.workerName ?? '-').toSorted(), ['-', 'a', 'b']);
  assert.deepEqual(book.held(), { total: 2, unbacked: 0 });
  assert.deepEqual(book.status(), { kind: 'ok' });
  assert.deepEqual(named.toSorted(), ['lease:a', 'lease:b']);
  assert.equal(warnings.length, 2, warnings.join('\n'));
});

test(
  'a renewal clears a key that holds something else and enters the leases there again',
  { skip },
  async (t) => {
    const { book, link, clock, named } = await stage(t);
    const lease = await book.claim('s', candidates({ a: 1 }));
    assert.ok(lease !== undefined);
    await link.run(['SET', 'lease:a', 'oops']);
    clock.advance(3000);
    await until(async () => (await link.run(['TYPE', 'lease:a'])) === 'zset');
    assert.deepEqual(await link.run(['ZRANGE', 'lease:a', '0', '-1']), [lease.id]);
    await until(() => book.status().kind === 'ok');
    assert.deepEqual(named, ['lease:a']);
  },
);

test('counting goes on although a key holds something else', { skip }, async (t) => {
  const { book, link, clock, named } = await stage(t);
  await link.run(['SET', 'lease:a', 'oops']);
  const [seconds] = (await link.run(['TIME'])) as [string];
  await link.run(['ZADD', 'lease:b', `${(Number(seconds) + 3600) * 1000}`, 'of-another']);
  clock.advance(1000);
  await until(() => book.activeSessions('b') === 1);
  assert.deepEqual(named, ['lease:a']);
});

for (const [what, command] of [
  ['something else', ['HSET', 'book-of-lease:', 'f', 'v']],
  ['no time', ['SET', 'book-of-lease:', 'oops']],
] as const) {
  test(`a book whose key holds ${what} is begun again`, { skip }, async (t) => {
    const { book, link } = await stage(t);
    await link.run(['DEL', 'book-of-lease:']);
    await link.run([...command]);
    // The claim that finds it out is served here alone.
    assert.ok((await book.claim('s1', candidates({ a: 2 }))) !== undefined);
    await until(() => book.status().kind === 'ok');
    assert.ok((await book.claim('s2', candidates({ a: 2 }))) !== undefined);
    assert.deepEqual(book.status(), { kind: 'ok' });
    assert.deepEqual(book.held(), { total: 2, unbacked: 0 });
  });
}
