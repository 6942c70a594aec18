import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithout } from '@parley/testkit';
import { runOutage } from './support/run-outage.ts';

test(
  'Redis is gone for longer than leases live: nobody who speaks notices, who comes is served, and all is as before when it is back',
  { skip: skipWithout('redis-server') },
  async (t) => {
    const { losses, completedWithout, servedNew } = await runOutage({
      clients: 40,
      newcomers: 12,
      outageMs: 12_000,
      print: (line) => t.diagnostic(line),
    });
    assert.deepEqual(losses, []);
    assert.ok(completedWithout >= 40, `${completedWithout} texts were heard without Redis`);
    assert.equal(servedNew, 12);
  },
);
