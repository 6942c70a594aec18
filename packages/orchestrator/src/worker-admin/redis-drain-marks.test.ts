import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithout, startRedisServer } from '@parley/testkit';
import { connectRedis } from '@parley/worker-api';
import { createSystemClock } from '../clock/system-clock.ts';
import type { Logger } from '../session/ports/logger.ts';
import { RedisDrainMarks } from './redis-drain-marks.ts';

const logger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger };
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
      const link = connectRedis({ url: redis.url, clock, logger });
      t.after(() => link.close());
      await link.untilReady(5000);
      const marks = new RedisDrainMarks({ link, workerKeyPrefix, clock, logger });
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
