import type { Clock, Timer } from '../session/ports/clock.ts';

/** How a wait in a {@link WaitQueue} ended. `freed` are workers that have a place now; absent: any may have. */
export type WaitEnd =
  | { readonly kind: 'woken'; readonly freed?: readonly string[] }
  | { readonly kind: 'timeout' | 'full' | 'aborted' };

/** What one who waits has to say. */
export interface WaitOptions {
  readonly timeoutMs: number;
  /** `wakes` as it was before looking: a wake since then must not be missed, and ends the wait at once. */
  readonly since: number;
  readonly signal: AbortSignal;
  /** Whether a place on this worker would be of use. */
  readonly wants: (workerName: string) => boolean;
}

interface Waiter {
  readonly wants: (workerName: string) => boolean;
  readonly finish: (end: WaitEnd) => void;
}

/** Wakes that are remembered for those who were looking elsewhere at the time. */
const REMEMBERED = 256;

/** Those who wait for a place: bounded, woken in the order in which they came. */
export class WaitQueue {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #waiting = new Set<Waiter>();
  #wakes = 0;
  /** The workers of the latest wakes since the last one for all, the last one last. */
  #freed: string[] = [];

  /** `limit`: most who may wait at once. */
  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** How many wait now. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Counts the wakes: read it before looking for a place, hand it to `wait` when there was none. */
  get wakes(): number {
    return this.#wakes;
  }

  /** Waits until woken, at most `timeoutMs`; `full` at once when too many wait already. */
  wait({ timeoutMs, since, signal, wants }: WaitOptions): Promise<WaitEnd> {
    if (signal.aborted) return Promise.resolve({ kind: 'aborted' });
    if (timeoutMs <= 0) return Promise.resolve({ kind: 'timeout' });
    if (since !== this.#wakes) {
      const wakes = this.#wakes - since;
      const missed = this.#freed.slice(-wakes);
      // One of them was for all, or they were more than are remembered: any worker may have a place.
      if (missed.length < wakes) return Promise.resolve({ kind: 'woken' });
      const freed = missed.filter(wants);
      if (freed.length > 0) return Promise.resolve({ kind: 'woken', freed });
    }
    if (this.#waiting.size >= this.#limit) return Promise.resolve({ kind: 'full' });
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const abort = (): void => waiter.finish({ kind: 'aborted' });
      const waiter: Waiter = {
        wants,
        finish: (end) => {
          this.#waiting.delete(waiter);
          timer?.cancel();
          signal.removeEventListener('abort', abort);
          resolve(end);
        },
      };
      timer = this.#clock.setTimer(timeoutMs, () => waiter.finish({ kind: 'timeout' }));
      signal.addEventListener('abort', abort);
      this.#waiting.add(waiter);
    });
  }

  /** Wakes all who wait; each then tries again, in order. */
  wakeAll(): void {
    this.#wakes += 1;
    this.#freed = [];
    for (const waiter of this.#waiting) waiter.finish({ kind: 'woken' });
  }

  /** Wakes the first of those who want a place on this worker. Who waits again after that comes last. */
  wakeFor(workerName: string): void {
    this.#wakes += 1;
    this.#freed.push(workerName);
    if (this.#freed.length > REMEMBERED) this.#freed.shift();
    const first = this.#waiting.values().find(({ wants }) => wants(workerName));
    first?.finish({ kind: 'woken', freed: [workerName] });
  }
}
