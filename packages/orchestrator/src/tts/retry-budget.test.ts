import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterCall, afterRetry, DEFAULT_RETRY_BUDGET as policy, fullBudget } from './retry-budget.ts';

type Step = readonly [atMs: number, what: 'call' | 'retry', times: number];

/** How many of the retries were granted. */
function granted(steps: readonly Step[]): number {
  let budget = fullBudget(policy, 0);
  let count = 0;
  for (const [atMs, what, times] of steps) {
    for (let i = 0; i < times; i += 1) {
      if (what === 'call') {
        budget = afterCall(budget, policy, atMs);
        continue;
      }
      const next = afterRetry(budget, policy, atMs);
      if (next === undefined) continue;
      budget = next;
      count += 1;
    }
  }
  return count;
}

const cases: readonly { title: string; steps: readonly Step[]; expected: number }[] = [
  { title: 'a single session may fail over at once', steps: [[0, 'retry', 1]], expected: 1 },
  { title: 'ten at once and no more', steps: [[0, 'retry', 50]], expected: 10 },
  {
    title: 'a call that has failed over ten times waits five seconds for the next',
    steps: [
      [0, 'retry', 10],
      [4999, 'retry', 1],
      [5000, 'retry', 2],
    ],
    expected: 11,
  },
  {
    title: 'a tenth of the calls may be made again',
    steps: [
      [0, 'retry', 10],
      [0, 'call', 61],
      [0, 'retry', 61],
    ],
    expected: 16,
  },
  {
    title: 'what was not used is saved up to the burst only',
    steps: [
      [0, 'call', 100_000],
      [3_600_000, 'retry', 100],
    ],
    expected: 10,
  },
];

for (const { title, steps, expected } of cases) {
  test(`retry budget: ${title}`, () => assert.equal(granted(steps), expected));
}
