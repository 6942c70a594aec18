import type { Clock, Timer } from '../session/ports/clock.ts';

const TICK_MS = 100;
/** A tick may be so late on a busy machine without anything being wrong. */
const TOLERANCE_MS = 150;

/**
 * Time in which this process has been awake: it stands still while the process is frozen, its machine sleeps, or
 * something keeps it from running. Deadlines for others are measured by it. After a freeze timers are due before
 * anything is read: by the clock on the wall everybody else would have been silent all the while.
 *
 * Whoever makes it closes it.
 */
export class AttentiveClock implements Clock {
  readonly #clock: Clock;
  readonly #ticking: Timer;
  #lastTickMs: number;
  #missedMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastTickMs = clock.nowMs();
    this.#ticking = clock.setInterval(TICK_MS, () => {
      const nowMs = clock.nowMs();
      this.#missedMs += this.#missingMs(nowMs);
      this.#lastTickMs = nowMs;
    });
  }

  nowMs(): number {
    const nowMs = this.#clock.nowMs();
    return nowMs - this.#missedMs - this.#missingMs(nowMs);
  }

  wallMs(): number {
    return this.#clock.wallMs();
  }

  setTimer(delayMs: number, onDue: () => void): Timer {
    const dueMs = this.nowMs() + delayMs;
    let timer: Timer;
    const wait = (leftMs: number): void => {
      timer = this.#clock.setTimer(leftMs, () => {
        // Timers of the system may be early by a fraction of a millisecond.
        const stillMs = dueMs - this.nowMs();
        if (stillMs >= 1) wait(stillMs);
        else onDue();
      });
    };
    wait(delayMs);
    return { cancel: () => timer.cancel() };
  }

  setInterval(periodMs: number, onTick: () => void): Timer {
    return this.#clock.setInterval(periodMs, onTick);
  }

  /** Stops ticking; what asks it afterwards sees time stand still. Idempotent. */
  close(): void {
    this.#ticking.cancel();
  }

  /** What has been missed since the last tick. */
  #missingMs(nowMs: number): number {
    return Math.max(0, nowMs - this.#lastTickMs - TICK_MS - TOLERANCE_MS);
  }
}
