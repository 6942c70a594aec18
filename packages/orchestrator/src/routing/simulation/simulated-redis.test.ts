import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@parley/testkit';
import { RedisLeaseBook, type RedisLeaseBookOptions } from '../redis/redis-lease-book.ts';
import { testLeaseBookContract } from '../testing/lease-book-contract.ts';
import { SimulatedRedis } from './simulated-redis.ts';
import { VirtualClock } from './virtual-clock.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

function open(options: Partial<RedisLeaseBookOptions> = {}) {
  const clock = new VirtualClock();
  const redis = new SimulatedRedis({ clock, random: () => 0, wayMs: 0.25 });
  const book = new RedisLeaseBook({
    link: redis.link(),
    clock,
    logger: silent,
    owner: 'o',
    recoveryMs: 0,
    ...options,
  });
  return { clock, redis, book };
}

testLeaseBookContract('lease book on the simulated redis', async (t) => {
  const { clock, book } = open();
  await clock.run(100);
  assert.equal(book.status().kind, 'ok');
  // Time goes on by itself, as tests that wait for an answer do not move it.
  const over = new AbortController();
  const goOn = async (): Promise<void> => {
    while (!over.signal.aborted) await clock.run(clock.nowMs() + 1);
  };
  void goOn();
  t.after(() => over.abort());
  return book;
});

test('a lease lives while its owner renews it, and 10 s longer', async () => {
  const { clock, redis, book } = open();
  await clock.run(100);
  const claim = book.claim('s', [{ workerName: 'a', capacity: 1 }]);
  await clock.run(60_000);
  assert.ok((await claim) !== undefined);
  assert.equal(redis.leases.taken('lease:a', clock.nowMs()), 1);
  assert.equal(redis.leases.taken('lease:a', clock.nowMs() + 11_000), 0);
});

for (const [workers, counted] of [
  [100, 6000],
  [10_000, 60_000],
] as const) {
  test(`of ${workers} workers so many are counted as Redis can bear`, async () => {
    const names = Array.from({ length: workers }, (_, index) => `w${index}`);
    const { clock, redis } = open({ workerNames: () => names });
    await clock.run(100);
    const asked = new Set<number>();
    const run = redis.leases.run.bind(redis.leases);
    let total = 0;
    redis.leases.run = (name, keys, args, nowMs) => {
      if (name === 'count_leases') total += keys.length;
      asked.add(keys.length);
      return run(name, keys, args, nowMs);
    };
    await clock.run(60_100);
    assert.equal(total, counted);
    assert.ok(Math.max(...asked) <= 500, 'one command counts too many');
  });
}

test('virtual time calls what is due in the order of a real clock, and nothing that was cancelled', async () => {
  const orders = [new VirtualClock(), new FakeClock()].map((clock) => {
    const order: string[] = [];
    for (const [index, delay] of [30, 10, 20, 10, 0, 25].entries()) {
      clock.setTimer(delay, () => order.push(`${index} at ${clock.nowMs()}`));
    }
    const cancelled = clock.setTimer(15, () => order.push('cancelled'));
    const interval = clock.setInterval(9, () => {
      order.push(`tick at ${clock.nowMs()}`);
      cancelled.cancel();
      if (clock.nowMs() > 20) interval.cancel();
    });
    return { clock, order };
  });
  for (const { clock } of orders) {
    if (clock instanceof VirtualClock) await clock.run(100);
    else clock.advance(100);
  }
  assert.deepEqual(orders[0]?.order, orders[1]?.order);
  assert.equal(orders[0]?.order.length, 9);
});
