import type { Clock, Timer } from './clock.ts';
import { settlesWithin } from './settles-within.ts';

/** Knows what is being spoken, so that a worker can wait for it. */
export class RunTracker {
  readonly #clock: Clock;
  readonly #runs = new Set<Promise<void>>();
  #onChange: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes a run that never rejects. */
  add(run: Promise<void>): void {
    const tracked = run.finally(() => {
      this.#runs.delete(tracked);
      this.#onChange?.();
    });
    this.#runs.add(tracked);
    this.#onChange?.();
  }

  /** Waits for all runs, at most `timeoutMs`; tells whether they ended. */
  allEnded(timeoutMs: number): Promise<boolean> {
    return settlesWithin(Promise.all(this.#runs), timeoutMs, this.#clock);
  }

  /** Waits until nothing has run for `quietMs`, at most `timeoutMs`; tells whether it came to that. */
  async quiet(quietMs: number, timeoutMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let timer: Timer | undefined;
    this.#onChange = () => {
      timer?.cancel();
      timer = this.#runs.size === 0 ? this.#clock.setTimer(quietMs, resolve) : undefined;
    };
    this.#onChange();
    try {
      return await settlesWithin(promise, timeoutMs, this.#clock);
    } finally {
      this.#onChange = undefined;
      timer?.cancel();
    }
  }
}
