import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock, skipWithout, startRedisServer, silentLogger } from '@parley/testkit';
import { connectRedis } from '@parley/worker-api';
import { createSystemClock } from '../clock/system-clock.ts';
import type { Logger } from '../session/ports/logger.ts';
import { RedisDrainMarks } from './redis-drain-marks.ts';

const skip = skipWithout('redis-server');

/** Settles when `isSo`, looked at after every change. */
async function until(marks: RedisDrainMarks, isSo: () => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (): void => {
    if (isSo()) resolve();
  };
  const stop = marks.onChange(look);
  look();
  await promise;
  stop();
}

test(
  'a worker drained by one orchestrator is drained for all, those that start later too',
  { skip },
  async (t) => {
    await using redis = await startRedisServer();
    const clock = createSystemClock();
    const open = async (workerKeyPrefix = 'worker:') => {
      const link = connectRedis({ url: redis.url, clock, logger: silentLogger });
      t.after(() => link.close());
      await link.untilReady(5000);
      const marks = new RedisDrainMarks({ link, workerKeyPrefix, clock, logger: silentLogger });
      t.after(() => marks.close());
      return marks;
    };
    const [one, two, stranger] = await Promise.all([open(), open(), open('other:worker:')]);
    await one.mark('w', 17);
    assert.equal(one.has('w', 17), true);
    await until(two, () => two.has('w', 17));
    assert.equal(two.has('w', 18), false);
    await one.mark('plain', undefined);
    const three = await open();
    await until(three, () => three.has('w', 17) && three.has('plain', undefined));
    assert.equal(stranger.has('w', 17), false);
    await two.unmark('w');
    await until(one, () => !one.has('w', 17));
    assert.equal(one.has('plain', undefined), true);
  },
);

test('marks that cannot be read are warned of once, and those read last hold', { skip }, async (t) => {
  await using redis = await startRedisServer({ user: { name: 'reader', password: 'p' } });
  const warnings: string[] = [];
  const warning: Logger = { ...silentLogger, warn: (_fields, message) => void warnings.push(message) };
  const link = connectRedis({ url: redis.url, clock: createSystemClock(), logger: silentLogger });
  t.after(() => link.close());
  await link.untilReady(5000);
  const clock = new FakeClock();
  const marks = new RedisDrainMarks({ link, workerKeyPrefix: 'worker:', clock, logger: warning });
  t.after(() => marks.close());
  await marks.mark('w', 17);
  await link.run(['ACL', 'SETUSER', 'reader', '-hgetall']);
  for (let tick = 0; tick < 3; tick += 1) {
    clock.advance(5000);
    // Answers come in the order of commands, and readings do not overlap.
    for (let i = 0; i < 3; i += 1) await link.run(['PING']);
  }
  assert.deepEqual(warnings, ['could not read which workers are drained']);
  assert.equal(marks.has('w', 17), true);
  await link.run(['ACL', 'SETUSER', 'reader', '+hgetall']);
  clock.advance(5000);
  for (let i = 0; i < 3; i += 1) await link.run(['PING']);
  await link.run(['ACL', 'SETUSER', 'reader', '-hgetall']);
  clock.advance(5000);
  for (let i = 0; i < 3; i += 1) await link.run(['PING']);
  assert.equal(warnings.length, 2, 'what has worked meanwhile is told of anew');
});
