// A process of its own that holds places until it is killed. Arguments: address of Redis, life of its leases in ms,
// worker, its capacity, and how many places to take. Says `held` when it has them.
import { silentLogger } from '@parley/testkit';
import { connectRedis } from '@parley/worker-api';
import { createSystemClock } from '../../clock/system-clock.ts';
import { RedisLeaseBook } from '../redis/redis-lease-book.ts';

const [url = '', ttlMs = '10000', workerName = '', capacity = '1', places = '1'] = process.argv.slice(2);
const clock = createSystemClock();
const link = connectRedis({ url, clock, logger: silentLogger });
await link.untilReady(30_000);
const book = new RedisLeaseBook({
  link,
  clock,
  logger: silentLogger,
  owner: `holder-${process.pid}`,
  ttlMs: Number(ttlMs),
  renewMs: Number(ttlMs) / 5,
  recoveryMs: 0,
});
while (book.status().kind !== 'ok') await new Promise((resolve) => setImmediate(resolve));
for (let i = 0; i < Number(places); i += 1)
  await book.claim('s', [{ workerName, capacity: Number(capacity) }]);
process.stdout.write('held\n');
