/** A timer that can be called off. */
export interface Timer {
  /** Calls the timer off. Idempotent; does nothing once the timer has fired. */
  cancel(): void;
}

/** Time as the worker sees it; tests pass one that they move by hand. */
export interface Clock {
  /** Monotonic milliseconds with a fraction. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch. */
  wallMs(): number;
  /** Calls `onDue` once, `delayMs` from now. The timer does not keep the process alive. */
  setTimer(delayMs: number, onDue: () => void): Timer;
  /** Calls `onTick` every `periodMs` until cancelled. The timer does not keep the process alive. */
  setInterval(periodMs: number, onTick: () => void): Timer;
}

/** The clock of the running process; nothing to close. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer(delayMs, onDue) {
    const timer = setTimeout(onDue, delayMs).unref();
    return { cancel: () => clearTimeout(timer) };
  },
  setInterval(periodMs, onTick) {
    const timer = setInterval(onTick, periodMs).unref();
    return { cancel: () => clearInterval(timer) };
  },
};
