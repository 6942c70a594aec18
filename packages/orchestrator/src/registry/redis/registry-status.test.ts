import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger, skipWithout, startRedisServer, until } from '@parley/testkit';
import { connectRedis } from '@parley/worker-api';
import { createSystemClock } from '../../clock/system-clock.ts';
import { RedisRegistry } from './redis-registry.ts';

const skip = skipWithout('redis-server');

test(
  'a registry that fails for one reason after the other is degraded since the first moment',
  { skip },
  async (t) => {
    const server = await startRedisServer({ user: { name: 'reader', password: 'p' } });
    t.after(() => server.stop());
    let wallMs = 0;
    // No moment is like another.
    const clock = { ...createSystemClock(), wallMs: () => (wallMs += 1) };
    const link = connectRedis({
      url: server.url,
      clock,
      logger: silentLogger,
      retryMinMs: 5,
      retryMaxMs: 40,
    });
    const registry = new RedisRegistry({ link, clock, logger: silentLogger, refreshMs: 5 });
    t.after(async () => {
      await registry.close();
      link.close();
    });
    const degraded = async (why: RegExp): Promise<number> => {
      let sinceWallMs = 0;
      await until(() => {
        const status = registry.status();
        if (status.kind === 'ok' || !why.test(status.why)) return false;
        ({ sinceWallMs } = status);
        return true;
      });
      return sinceWallMs;
    };
    const fine = (): Promise<void> => until(() => registry.status().kind === 'ok');
    await fine();
    await link.run(['ACL', 'SETUSER', 'reader', '-scan']);
    const firstMs = await degraded(/NOPERM/);
    await server.kill();
    assert.equal(await degraded(/connection/), firstMs);
    await server.restart();
    await fine();
    await server.kill();
    assert.ok(
      (await degraded(/connection/)) > firstMs,
      'a registry that was well counts as failing since before',
    );
  },
);
