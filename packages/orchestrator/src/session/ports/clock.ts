/** A timer that can be called off. */
export interface Timer {
  /** Calls the timer off. Idempotent; does nothing once the timer has fired. */
  cancel(): void;
}

/**
 * Time as the conversation sees it. Everything below `main.ts` takes time from here, so that tests
 * can move it by hand.
 */
export interface Clock {
  /** Monotonic milliseconds with a fraction; never jumps with the wall clock. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch. */
  wallMs(): number;
  /** Calls `onDue` once, `delayMs` from now. The timer does not keep the process alive. */
  setTimer(delayMs: number, onDue: () => void): Timer;
  /** Calls `onTick` every `periodMs` until cancelled. The timer does not keep the process alive. */
  setInterval(periodMs: number, onTick: () => void): Timer;
}
