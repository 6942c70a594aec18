import type { Clock } from '../session/ports/clock.ts';

/** How many retries there may be, so that retrying never adds much to the load of workers in trouble. */
export interface RetryBudgetPolicy {
  /** Retries per call. */
  readonly perCall: number;
  /** Retries that may be saved up, which a system of a single session begins with. */
  readonly burst: number;
  /** Retries a second that are free whatever the calls, for systems with few of them. */
  readonly perSecond: number;
}

/** One retry for ten calls, ten at once, and one in five seconds in any case. */
export const DEFAULT_RETRY_BUDGET: RetryBudgetPolicy = { perCall: 0.1, burst: 10, perSecond: 0.2 };

/** Saved-up retries at a moment. */
export interface RetryBudget {
  readonly retries: number;
  readonly atMs: number;
}

/** A full budget. */
export function fullBudget(policy: RetryBudgetPolicy, nowMs: number): RetryBudget {
  return { retries: policy.burst, atMs: nowMs };
}

/** A call is made for the first time. */
export function afterCall(budget: RetryBudget, policy: RetryBudgetPolicy, nowMs: number): RetryBudget {
  return { retries: Math.min(policy.burst, savedUp(budget, policy, nowMs) + policy.perCall), atMs: nowMs };
}

/** The budget after one retry; `undefined` when there is none left. */
export function afterRetry(
  budget: RetryBudget,
  policy: RetryBudgetPolicy,
  nowMs: number,
): RetryBudget | undefined {
  const retries = savedUp(budget, policy, nowMs);
  return retries < 1 ? undefined : { retries: retries - 1, atMs: nowMs };
}

function savedUp(
  { retries, atMs }: RetryBudget,
  { burst, perSecond }: RetryBudgetPolicy,
  nowMs: number,
): number {
  return Math.min(burst, retries + (perSecond * (nowMs - atMs)) / 1000);
}

/** The retry budget that all sessions share. */
export class Retries {
  readonly #clock: Clock;
  readonly #policy = DEFAULT_RETRY_BUDGET;
  #budget: RetryBudget;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#budget = fullBudget(this.#policy, clock.nowMs());
  }

  /** Something is asked of a worker for the first time. */
  noteCall(): void {
    this.#budget = afterCall(this.#budget, this.#policy, this.#clock.nowMs());
  }

  /** Whether it may be asked of another one. */
  tryTake(): boolean {
    const next = afterRetry(this.#budget, this.#policy, this.#clock.nowMs());
    if (next !== undefined) this.#budget = next;
    return next !== undefined;
  }
}
