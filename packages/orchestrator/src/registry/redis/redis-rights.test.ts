import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { FakeClock, skipWithout, startRedisServer } from '@parley/testkit';
import { RedisRegistration } from '@parley/worker';
import { connectRedis, listOf, type RedisLink } from '@parley/worker-api';
import { createSystemClock } from '../../clock/system-clock.ts';
import { RedisLeaseBook, RedisLoadLock } from '../../routing/index.ts';
import { RedisDrainMarks } from '../../worker-admin/index.ts';
import { workerRecord } from '../testing/registry-contract.ts';
import { RedisRegistry } from './redis-registry.ts';

const skip = skipWithout('redis-server');
const page = new URL('../../../../../docs/redis.md', import.meta.url);
const clock = createSystemClock();
const logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger };

interface Stage {
  /** Logged in as the user. */
  readonly link: RedisLink;
  /** Granted commands that nobody has used yet. */
  readonly unused: () => Promise<string[]>;
  /** What Redis has denied. */
  readonly denied: () => Promise<readonly unknown[]>;
}

/** A Redis in which the user of this name has the rights that the page gives, and no other user is at work. */
async function stage(t: TestContext, user: string): Promise<Stage> {
  const server = await startRedisServer();
  t.after(() => server.stop());
  const admin = connectRedis({ url: server.url, clock, logger });
  t.after(() => admin.close());
  assert.equal(await admin.untilReady(10_000), true);
  const [rule] = new RegExp(`^ACL SETUSER ${user} .*$`, 'm').exec(await readFile(page, 'utf8')) ?? [];
  assert.ok(rule !== undefined, `the page has no rule for ${user}`);
  assert.equal(await admin.run(rule.split(' ')), 'OK');
  const granted = rule.split(' ').flatMap((word) => (word.startsWith('+') ? [word.slice(1)] : []));
  // Another database than the first, as otherwise SELECT is not sent.
  const url = `redis://${user}:secret@127.0.0.1:${server.port}/1`;
  const link = connectRedis({ url, clock, logger, clientName: user });
  t.after(() => link.close());
  assert.equal(await link.untilReady(10_000), true);
  return {
    link,
    unused: async () => {
      const stats = JSON.stringify(await admin.run(['INFO', 'commandstats']));
      return granted.filter((command) => !stats.includes(`cmdstat_${command}:`));
    },
    denied: async () => listOf(await admin.run(['ACL', 'LOG'])),
  };
}

/** Waits for what goes on in the background, within limits. */
async function allUsed({ unused }: Stage): Promise<string[]> {
  let left = await unused();
  for (let round = 0; round < 1000 && left.length > 0; round += 1) left = await unused();
  return left;
}

test('the rights on the page are all that an orchestrator needs, and no more', { skip }, async (t) => {
  const stand = await stage(t, 'orchestrator');
  const { link } = stand;
  const time = new FakeClock();
  const registry = new RedisRegistry({ link, clock: time, logger });
  t.after(() => registry.close());
  assert.equal(await registry.getWorker('nobody'), undefined);
  assert.equal(await registry.getWorkerTtl('nobody'), undefined);
  assert.deepEqual(await registry.getWorkers(), []);
  const marks = new RedisDrainMarks({ link, workerKeyPrefix: 'worker:', clock: time, logger });
  t.after(() => marks.close());
  await marks.mark('a', 1);
  await marks.unmark('a');
  const permit = await new RedisLoadLock({ link, clock: time }).tryAcquire('a', 10_000);
  await permit?.release();
  const book = new RedisLeaseBook({
    link,
    clock: time,
    logger,
    owner: 'o',
    recoveryMs: 0,
    workerNames: () => ['a'],
  });
  t.after(() => book.close());
  while (book.status().kind !== 'ok' && (await stand.denied()).length === 0);
  const lease = await book.claim('s', [{ workerName: 'a', capacity: 1 }]);
  assert.ok(lease !== undefined);
  time.advance(3000);
  await book.release(lease);
  assert.deepEqual(await allUsed(stand), []);
  assert.deepEqual(await stand.denied(), []);
});

test('the rights on the page are all that a worker needs, and no more', { skip }, async (t) => {
  const stand = await stage(t, 'worker');
  const registration = new RedisRegistration({ link: stand.link, clock, logger });
  t.after(() => registration.close());
  await registration.register(workerRecord('a'));
  await registration.heartbeat(workerRecord('a', { draining: true }));
  await registration.deregister('a');
  assert.deepEqual(await stand.denied(), []);
  assert.deepEqual(await stand.unused(), []);
});
