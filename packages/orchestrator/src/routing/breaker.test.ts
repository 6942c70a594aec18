import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  admits,
  afterChoice,
  afterFailure,
  afterSuccess,
  CLOSED_BREAKER,
  DEFAULT_BREAKER_POLICY,
  type BreakerState,
} from './breaker.ts';

type Step = readonly [atMs: number, what: 'fails' | 'is silent' | 'succeeds' | 'chosen'];

function after(steps: readonly Step[]): BreakerState {
  let state = CLOSED_BREAKER;
  for (const [atMs, what] of steps) {
    if (what === 'fails') state = afterFailure(state, atMs, DEFAULT_BREAKER_POLICY);
    else if (what === 'is silent') state = afterFailure(state, atMs, DEFAULT_BREAKER_POLICY, 'silent');
    else state = what === 'chosen' ? afterChoice(state, atMs) : afterSuccess(state);
  }
  return state;
}

const fails = (count: number, atMs: number = 0): Step[] =>
  Array.from({ length: count }, () => [atMs, 'fails']);

const cases: readonly {
  readonly title: string;
  readonly steps: readonly Step[];
  /** Last moment at which it admits nobody; `undefined` when it admits at any time. */
  readonly shutUntilMs: number | undefined;
}[] = [
  { title: 'four failures in a row leave it closed', steps: fails(4), shutUntilMs: undefined },
  { title: 'the fifth opens it for 10 s', steps: fails(5, 100), shutUntilMs: 10_100 },
  {
    title: 'no second session waits for one that does not answer',
    steps: [[100, 'is silent']],
    shutUntilMs: 10_100,
  },
  {
    title: 'a success between them starts the count anew',
    steps: [...fails(4), [1, 'succeeds'], ...fails(4)],
    shutUntilMs: undefined,
  },
  {
    title: 'failures of calls begun before it opened change nothing',
    steps: [...fails(5), ...fails(90, 9_999)],
    shutUntilMs: 10_000,
  },
  {
    title: 'one session may try it; nobody else while it does',
    steps: [...fails(5), [10_000, 'chosen']],
    shutUntilMs: 20_000,
  },
  {
    title: 'a try that fails doubles the time',
    steps: [...fails(5), [10_000, 'chosen'], [10_500, 'fails']],
    shutUntilMs: 30_500,
  },
  {
    title: 'a try that succeeds closes it',
    steps: [...fails(5), [10_000, 'chosen'], [10_500, 'succeeds'], ...fails(4)],
    shutUntilMs: undefined,
  },
  {
    title: 'a try that ends without a verdict gives way to another after a while',
    steps: [...fails(5), [10_000, 'chosen'], [20_000, 'chosen']],
    shutUntilMs: 30_000,
  },
  {
    title: 'once closed, it starts again at 10 s',
    steps: [...fails(5), [10_000, 'chosen'], [10_001, 'fails'], [40_000, 'succeeds'], ...fails(5, 50_000)],
    shutUntilMs: 60_000,
  },
];

for (const { title, steps, shutUntilMs } of cases) {
  test(`breaker: ${title}`, () => {
    const state = after(steps);
    const lastMs = Math.max(...steps.map(([atMs]) => atMs));
    if (shutUntilMs === undefined) {
      assert.equal(admits(state, lastMs), true);
      return;
    }
    assert.equal(admits(state, shutUntilMs - 1), false);
    assert.equal(admits(state, shutUntilMs), true);
  });
}

test('breaker: the time doubles up to five minutes', () => {
  let state = after(fails(5));
  const times: number[] = [];
  for (let atMs = 0; times.length < 7;) {
    assert.ok(state.kind === 'open');
    times.push(state.openMs);
    atMs = state.untilMs;
    state = afterFailure(afterChoice(state, atMs), atMs, DEFAULT_BREAKER_POLICY);
  }
  assert.deepEqual(times, [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
});
