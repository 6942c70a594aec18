import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadBalanceStrategy } from '../../config/index.ts';
import { redisShares } from './redis-arithmetic.ts';
import { defaults } from './scenarios.ts';
import { simulate, type Scenario } from './simulate.ts';

const small: Omit<Scenario, 'strategy'> = { ...defaults, workers: 100, orchestrators: 4, measureMs: 5000 };

function run(strategy: LoadBalanceStrategy, changes: Partial<Scenario> = {}) {
  return simulate({ ...small, strategy, ...changes });
}

test('the same seed gives the same outcome, and another one another', async () => {
  const [first, again, other] = [
    await run('queue_depth'),
    await run('queue_depth'),
    await run('queue_depth', { seed: 2 }),
  ];
  assert.deepEqual(first, again);
  assert.notDeepEqual(first, other);
});

test('queue_depth spreads sessions better than chance, and seldom meets a full worker', async () => {
  const [byDepth, byChance] = [await run('queue_depth'), await run('random')];
  assert.ok(byDepth.spread < 0.8 * byChance.spread, `${byDepth.spread} against ${byChance.spread}`);
  assert.ok(byDepth.full < 0.5 * byChance.full, `${byDepth.full} against ${byChance.full}`);
  assert.ok(byDepth.lookedPerSession < 1.1, `${byDepth.lookedPerSession}`);
});

test('round_robin deals sessions out more evenly than chance', async () => {
  // Long sessions and one dealer: what was dealt is what is there.
  const long = { orchestrators: 1, holdMs: 600_000, load: 0.5 };
  const [inTurn, byChance] = [await run('round_robin', long), await run('random', long)];
  assert.ok(inTurn.spread < 0.5 * byChance.spread, `${inTurn.spread} against ${byChance.spread}`);
});

test('latency finds the workers that are fast', async () => {
  const medians = { latency: 0, random: 0 };
  for (const strategy of ['latency', 'random'] as const) {
    for (const seed of [1, 2]) medians[strategy] += (await run(strategy, { seed })).firstAudioMs.p50;
  }
  assert.ok(medians.latency < 0.93 * medians.random, JSON.stringify(medians));
});

for (const strategy of ['queue_depth', 'round_robin', 'latency', 'random'] as const) {
  test(`${strategy} refuses nobody while there is room, and fills every place before it does`, async () => {
    const roomy = await run(strategy, { load: 0.9 });
    assert.equal(roomy.refused, 0);
    assert.ok(Math.abs(roomy.use - 0.9) < 0.06, `${roomy.use}`);
    const crowded = await run(strategy, { workers: 20, orchestrators: 3, load: 1.5 });
    assert.ok(crowded.refused > 0.1, `${crowded.refused}`);
    assert.ok(crowded.use > 0.98 && crowded.use <= 1, `${crowded.use}`);
    assert.ok(crowded.refusedNeedlessly < 0.02, `${crowded.refusedNeedlessly}`);
  });
}

test('what Redis is calculated to do is what it does in the simulation', async () => {
  const size = { workers: 200, orchestrators: 8 };
  const { redisBusy, use } = await run('queue_depth', size);
  const sessions = use * size.workers * small.places;
  const { total } = redisShares({ ...size, sessions, holdSeconds: small.holdMs / 1000 });
  assert.ok(Math.abs(redisBusy / total - 1) < 0.15, `${redisBusy} against ${total}`);
});
