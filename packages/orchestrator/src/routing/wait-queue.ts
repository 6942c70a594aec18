import type { Clock } from '../session/ports/clock.ts';

/** How a wait in a {@link WaitQueue} ended. */
export type WaitEnd = 'woken' | 'timeout' | 'full' | 'aborted';

/** Those who wait for a place: bounded, woken in the order in which they came. */
export class WaitQueue {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #waiting = new Set<() => void>();
  #wakes = 0;

  /** `limit`: most who may wait at once. */
  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** How many wait now. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Counts the calls of `wakeAll`: read it before looking for a place, hand it to `wait` when there was none. */
  get wakes(): number {
    return this.#wakes;
  }

  /**
   * Waits until woken, at most `timeoutMs`; `full` at once when too many wait already.
   *
   * @param since `wakes` as it was before looking: a wake since then must not be missed, and ends the wait at once
   */
  wait(timeoutMs: number, since: number, signal: AbortSignal): Promise<WaitEnd> {
    if (signal.aborted) return Promise.resolve('aborted');
    if (since !== this.#wakes) return Promise.resolve('woken');
    if (timeoutMs <= 0) return Promise.resolve('timeout');
    if (this.#waiting.size >= this.#limit) return Promise.resolve('full');
    return new Promise((resolve) => {
      const finish = (end: WaitEnd): void => {
        this.#waiting.delete(wake);
        timer.cancel();
        signal.removeEventListener('abort', abort);
        resolve(end);
      };
      const wake = (): void => finish('woken');
      const abort = (): void => finish('aborted');
      const timer = this.#clock.setTimer(timeoutMs, () => finish('timeout'));
      signal.addEventListener('abort', abort);
      this.#waiting.add(wake);
    });
  }

  /** Wakes all who wait; each then tries again, in order. */
  wakeAll(): void {
    this.#wakes += 1;
    for (const wake of this.#waiting) wake();
  }
}
