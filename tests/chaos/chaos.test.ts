import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithout } from '@parley/testkit';
import { readSeed } from './support/read-seed.ts';
import { runChaos } from './support/run-chaos.ts';

test(
  'whatever dies, freezes, comes and goes: nobody misses a word or hears one twice, and nothing is left behind',
  { skip: skipWithout('redis-server') },
  async (t) => {
    const ledger = await runChaos({
      seed: readSeed(),
      durationMs: 40_000,
      clients: 60,
      limits: { freezeMs: 6000, redisGoneMs: 12_000 },
      calmMs: 2000,
      print: (line) => t.diagnostic(line),
    });
    assert.deepEqual(ledger.losses, []);
    assert.ok(ledger.completed > 60, 'hardly anybody has heard anything');
  },
);
