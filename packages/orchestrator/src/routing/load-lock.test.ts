import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { FakeClock, skipWithout, startRedisServer } from '@parley/testkit';
import { connectRedis } from '@parley/worker-api';
import { createSystemClock } from '../clock/system-clock.ts';
import type { LoadLock } from './load-lock.ts';
import { MemoryLoadLock } from './memory-load-lock.ts';
import { RedisLoadLock } from './redis/redis-load-lock.ts';

interface UnderTest {
  readonly lock: LoadLock;
  readonly passTime: (ms: number) => Promise<void>;
}

const silent = { info() {}, warn() {} };

async function overRedis(
  t: TestContext,
): Promise<UnderTest & { kill: () => Promise<void>; other: LoadLock }> {
  const server = await startRedisServer();
  const link = connectRedis({ url: server.url, clock: createSystemClock(), logger: silent });
  t.after(async () => {
    link.close();
    await server.stop();
  });
  assert.equal(await link.untilReady(10_000), true);
  const clock = new FakeClock();
  return {
    lock: new RedisLoadLock({ link, clock, timeoutMs: 10_000 }),
    other: new RedisLoadLock({ link, clock, timeoutMs: 10_000 }),
    async passTime(ms) {
      clock.advance(ms);
      await link.run([
        'EVAL',
        "for _, k in ipairs(redis.call('KEYS', '*')) do local left = redis.call('PTTL', k) - ARGV[1]; if left > 0 then redis.call('PEXPIRE', k, left) else redis.call('DEL', k) end end",
        '0',
        `${ms}`,
      ]);
    },
    async kill() {
      await server.kill();
      while (link.isReady) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function testLoadLock(
  kind: string,
  skip: string | false,
  make: (t: TestContext) => Promise<UnderTest>,
): void {
  test(
    `${kind}: one loads on a worker at a time, until it is done or its time is up`,
    { skip },
    async (t) => {
      const { lock, passTime } = await make(t);
      const first = await lock.tryAcquire('a', 1000);
      assert.ok(first !== undefined);
      assert.equal(await lock.tryAcquire('a', 1000), undefined);
      assert.ok((await lock.tryAcquire('b', 1000)) !== undefined);
      await first.release();
      const second = await lock.tryAcquire('a', 1000);
      assert.ok(second !== undefined);
      await first.release();
      assert.equal(await lock.tryAcquire('a', 1000), undefined, 'an old permit has ended a new one');
      await passTime(1001);
      assert.ok((await lock.tryAcquire('a', 1000)) !== undefined);
    },
  );
}

const skip = skipWithout('redis-server');
testLoadLock('memory load lock', false, async () => {
  const clock = new FakeClock();
  return { lock: new MemoryLoadLock(clock), passTime: async (ms) => clock.advance(ms) };
});
testLoadLock('redis load lock', skip, overRedis);

test('the lock holds between orchestrators, and within each when Redis is gone', { skip }, async (t) => {
  const { lock, other, kill } = await overRedis(t);
  const first = await lock.tryAcquire('a', 60_000);
  assert.equal(await other.tryAcquire('a', 60_000), undefined);
  await first?.release();
  const second = await other.tryAcquire('a', 60_000);
  assert.ok(second !== undefined);
  await kill();
  assert.ok((await lock.tryAcquire('a', 60_000)) !== undefined);
  assert.equal(await lock.tryAcquire('a', 60_000), undefined);
  await second.release();
});
