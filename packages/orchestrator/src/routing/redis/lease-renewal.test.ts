import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock, silentLogger } from '@parley/testkit';
import { HeldLeases } from './held-leases.ts';
import type { LeaseLink } from './lease-link.ts';
import { LeaseRenewal } from './lease-renewal.ts';
import { ClaimAnswer } from './lease-scripts.ts';
import { RedisTime } from './redis-time.ts';

test('a lease that is let go while a renewal comes too late is not entered again by the next try', async () => {
  const clock = new FakeClock();
  const held = new HeldLeases();
  for (const id of ['x', 'y', 'z']) {
    held.add({ lease: { id, workerName: 'a' }, capacity: 3, isBacked: false });
  }
  const sent: string[] = [];
  const link: LeaseLink = {
    isReady: true,
    status: () => ({ kind: 'ok' }),
    onChange: () => () => {},
    subscribe: () => () => {},
    script: async (_script, _keys, args) => {
      // The first argument is the last moment of the try.
      sent.push(args.slice(1).join(' '));
      if (sent.length > 1) return [1, 1000, 2];
      held.remove({ id: 'x', workerName: 'a' });
      return [ClaimAnswer.late, 1000];
    },
  };
  const renewal = new LeaseRenewal({
    link,
    clock,
    logger: silentLogger,
    held,
    time: new RedisTime(clock),
    bookKey: 'book',
    keyOf: (workerName) => `lease:${workerName}`,
    ttlMs: 10_000,
  });
  await renewal.renew();
  assert.deepEqual(sent, ['10000 3 3 x y z', '10000 3 2 y z']);
  assert.deepEqual(
    Array.from(held.all(), ({ lease, isBacked }) => [lease.id, isBacked]),
    [
      ['y', true],
      ['z', false],
    ],
  );
});
