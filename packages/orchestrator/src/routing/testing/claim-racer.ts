// A process of its own that races others for places. Arguments: address of Redis, owner, number of claims, how
// many at a time, and how many processes there are: they wait for each other. Prints what came of it as JSON.
import { silentLogger } from '@parley/testkit';
import { connectRedis } from '@parley/worker-api';
import { createSystemClock } from '../../clock/system-clock.ts';
import { RedisLeaseBook } from '../redis/redis-lease-book.ts';

const [url = '', owner = '', claims = '0', lanes = '1', racers = '1'] = process.argv.slice(2);
const clock = createSystemClock();
// The race is about places: on a busy machine a deadline must not end it.
const link = connectRedis({ url, clock, logger: silentLogger, commandTimeoutMs: 30_000 });
await link.untilReady(30_000);
const book = new RedisLeaseBook({
  link,
  clock,
  logger: silentLogger,
  owner,
  recoveryMs: 0,
  claimTimeoutMs: 30_000,
});
while (book.status().kind !== 'ok') await new Promise((resolve) => setImmediate(resolve));
await link.run(['INCR', 'racers']);
while ((await link.run(['GET', 'racers'])) !== racers) await new Promise((resolve) => setImmediate(resolve));

const workers = [
  { workerName: 'a', capacity: 3 },
  { workerName: 'b', capacity: 1 },
  { workerName: 'c', capacity: 5 },
];
const outcome = { taken: 0, full: 0, tooMany: 0, alone: 0 };
let left = Number(claims);
await Promise.all(Array.from({ length: Number(lanes) }, race));
outcome.alone = book.status().kind === 'ok' ? 0 : 1;
await book.close();
link.close();
process.stdout.write(JSON.stringify(outcome));

async function race(): Promise<void> {
  while (left > 0) {
    left -= 1;
    const lease = await book.claim('race', left % 2 === 0 ? workers : workers.toReversed());
    if (lease === undefined) {
      outcome.full += 1;
      continue;
    }
    outcome.taken += 1;
    // Counted apart from the book: from after the claim to before the release.
    const key = `in-use:${lease.workerName}`;
    const inUse = Number(await link.run(['INCR', key]));
    const capacity = workers.find(({ workerName }) => workerName === lease.workerName)?.capacity ?? 0;
    if (inUse > capacity) outcome.tooMany += 1;
    await link.run(['DECR', key]);
    await book.release(lease);
  }
}
