import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideFailOver, type FailOverDecision } from './fail-over.ts';

const cases: readonly (readonly [failures: number, hasAudio: boolean, expected: FailOverDecision])[] = [
  [1, false, 'go_on_within_budget'],
  [2, false, 'give_up'],
  [3, false, 'give_up'],
  [1, true, 'go_on'],
  [2, true, 'go_on'],
  [3, true, 'give_up'],
  [4, true, 'give_up'],
];

for (const [failures, hasAudio, expected] of cases) {
  test(`fail-over: ${failures} failed, ${hasAudio ? 'heard' : 'not heard yet'}: ${expected}`, () => {
    assert.equal(decideFailOver({ failures, hasAudio }), expected);
  });
}
