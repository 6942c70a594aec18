/** When a breaker opens and for how long. Times in ms. */
export interface BreakerPolicy {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** How long it stays open the first time. */
  readonly openMs: number;
  /** How long at most, however often it opens again. */
  readonly maxOpenMs: number;
}

/** Five failures in a row; 10 s, doubling to 5 min. */
export const DEFAULT_BREAKER_POLICY: BreakerPolicy = { failures: 5, openMs: 10_000, maxOpenMs: 300_000 };

/** State of one worker's breaker. */
export type BreakerState =
  /** The worker is used; `failures` in a row so far. */
  | { readonly kind: 'closed'; readonly failures: number }
  /** The worker is left alone until `untilMs`; then one session may try it. */
  | { readonly kind: 'open'; readonly untilMs: number; readonly openMs: number }
  /** One session tries it. A try that ends without a verdict is over at `untilMs`: then another one may. */
  | { readonly kind: 'probing'; readonly untilMs: number; readonly openMs: number };

/** A breaker of which nothing is known. */
export const CLOSED_BREAKER: BreakerState = { kind: 'closed', failures: 0 };

/** Whether the worker may be given a session now. */
export function admits(state: BreakerState, nowMs: number): boolean {
  return state.kind === 'closed' || nowMs >= state.untilMs;
}

/** The worker has been given a session. */
export function afterChoice(state: BreakerState, nowMs: number): BreakerState {
  if (state.kind === 'closed' || nowMs < state.untilMs) return state;
  return { kind: 'probing', untilMs: nowMs + state.openMs, openMs: state.openMs };
}

/** The worker has done what was asked of it. */
export function afterSuccess(state: BreakerState): BreakerState {
  return state.kind === 'closed' && state.failures === 0 ? state : CLOSED_BREAKER;
}

/**
 * The worker has failed. What fails while it is open was begun before, and says nothing new. One that is `silent` is
 * not waited for by a second session: that opens it at once.
 */
export function afterFailure(
  state: BreakerState,
  nowMs: number,
  policy: BreakerPolicy,
  how: 'failed' | 'silent' = 'failed',
): BreakerState {
  switch (state.kind) {
    case 'closed': {
      const failures = how === 'silent' ? policy.failures : state.failures + 1;
      return failures < policy.failures ? { kind: 'closed', failures } : open(policy.openMs, nowMs);
    }
    case 'open':
      return nowMs < state.untilMs ? state : open(Math.min(state.openMs * 2, policy.maxOpenMs), nowMs);
    case 'probing':
      return open(Math.min(state.openMs * 2, policy.maxOpenMs), nowMs);
    default:
      return state satisfies never;
  }
}

function open(openMs: number, nowMs: number): BreakerState {
  return { kind: 'open', untilMs: nowMs + openMs, openMs };
}
