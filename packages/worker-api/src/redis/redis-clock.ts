/** Time as the Redis side needs it: part of the `Clock` of orchestrators and workers alike. */
export interface RedisClock {
  /** Monotonic milliseconds with a fraction. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch. */
  wallMs(): number;
  /** Calls `onDue` once, `delayMs` from now. The timer does not keep the process alive. */
  setTimer(delayMs: number, onDue: () => void): { cancel(): void };
}
