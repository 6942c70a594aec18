import type { Clock, Timer } from '../session/ports/clock.ts';

/** Aborts a request when its caller gives up, or when nothing has come for too long. Whoever makes it closes it. */
export class Watchdog {
  readonly #clock: Clock;
  readonly #parent: AbortSignal;
  readonly #controller = new AbortController();
  readonly #onParentAbort = (): void => this.#controller.abort(this.#parent.reason);
  #timer: Timer | undefined;
  #late: string | undefined;

  constructor(clock: Clock, parent: AbortSignal) {
    this.#clock = clock;
    this.#parent = parent;
    if (parent.aborted) this.#onParentAbort();
    else parent.addEventListener('abort', this.#onParentAbort, { once: true });
  }

  /** For the request. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What did not come in time; `undefined` while all is well. */
  get late(): string | undefined {
    return this.#late;
  }

  /** Something must happen within so many ms: `expect` again, or `close`. */
  expect(withinMs: number, what: string): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimer(withinMs, () => {
      this.#late = `${what} did not come within ${withinMs} ms`;
      this.#controller.abort();
    });
  }

  /** Nothing needs to happen until the next `expect`. */
  pause(): void {
    this.#timer?.cancel();
  }

  /** Stops watching; cuts what still runs. Idempotent. */
  close(): void {
    this.#timer?.cancel();
    this.#parent.removeEventListener('abort', this.#onParentAbort);
    this.#controller.abort();
  }
}
