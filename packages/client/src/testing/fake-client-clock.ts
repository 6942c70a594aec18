import { FakeClock } from '@parley/testkit';
import type { ClientClock } from '../clock.ts';

/** Time that a test moves by hand, in the form that this package uses. */
export interface FakeClientClock extends ClientClock {
  /** Moves time on; what falls due is called in order. */
  advance(ms: number): void;
  /** Timers that are still to fire. */
  readonly pending: number;
}

/** Makes one, at 0. */
export function createFakeClientClock(): FakeClientClock {
  const clock = new FakeClock();
  return {
    nowMs: () => clock.nowMs(),
    after(delayMs, callback) {
      const timer = clock.setTimer(delayMs, callback);
      return () => timer.cancel();
    },
    advance: (ms) => clock.advance(ms),
    get pending() {
      return clock.pending;
    },
  };
}
