import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithout, startRedisServer, until } from '@parley/testkit';
import { connectRedis, type RedisLink } from './redis-link.ts';

const skip = skipWithout('redis-server');

function sinceOf(link: RedisLink): number {
  const status = link.status();
  assert.equal(status.kind, 'degraded');
  return status.sinceWallMs;
}

test(
  'a server that stays read-only is degraded since the first moment, however often it is tried',
  { skip },
  async (t) => {
    const server = await startRedisServer();
    t.after(() => server.stop());
    let wallMs = 0;
    const clock = {
      nowMs: () => performance.now(),
      // No moment is like another.
      wallMs: () => (wallMs += 1),
      setTimer(delayMs: number, onDue: () => void) {
        const timer = setTimeout(onDue, delayMs).unref();
        return { cancel: () => clearTimeout(timer) };
      },
    };
    const logger = { info() {}, warn() {} };
    const options = { url: server.url, clock, logger, retryMinMs: 5, retryMaxMs: 40 };
    const [link, admin] = [connectRedis(options), connectRedis(options)];
    t.after(() => {
      link.close();
      admin.close();
    });
    assert.deepEqual([await link.untilReady(10_000), await admin.untilReady(10_000)], [true, true]);
    await link.run(['SET', 'a', '1']);
    await admin.run(['REPLICAOF', '127.0.0.1', '1']);
    const refused = { code: 'REDIS_REFUSED', reply: 'READONLY' };
    await assert.rejects(link.run(['SET', 'a', '2']), refused);
    const firstMs = sinceOf(link);
    for (let round = 0; round < 3; round += 1) {
      assert.equal(await link.untilReady(10_000), true);
      // What only reads does not make it the server to use.
      assert.equal(await link.run(['GET', 'a']), '1');
      await assert.rejects(link.run(['SET', 'a', '2']), refused);
      assert.equal(sinceOf(link), firstMs);
    }
    await admin.run(['REPLICAOF', 'NO', 'ONE']);
    assert.equal(await link.untilReady(10_000), true);
    await link.run(['SET', 'a', '3']);
    await server.kill();
    await until(() => !link.isReady);
    assert.ok(sinceOf(link) > firstMs, 'a server that was used and then failed counts as down since before');
  },
);
