import type { Clock, Timer } from '../../clock.ts';

/** Something that happens little by little, by the clock. */
export interface Ticking {
  /** Does what is due; `false` when there is nothing more to do. */
  tick(nowMs: number): boolean;
}

/** Short beside a frame, long beside the cost of looking at every session. */
const TICK_MS = 5;

/** One timer for all that is being spoken; it runs only while something is. Whoever makes it closes it. */
export class ToneScheduler {
  readonly #clock: Clock;
  readonly #running = new Set<Ticking>();
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(ticking: Ticking): void {
    this.#running.add(ticking);
    this.#timer ??= this.#clock.setInterval(TICK_MS, () => this.#tick());
  }

  remove(ticking: Ticking): void {
    this.#running.delete(ticking);
    if (this.#running.size === 0) this.close();
  }

  /** Stops the timer. Idempotent. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #tick(): void {
    const nowMs = this.#clock.nowMs();
    for (const ticking of this.#running) {
      if (!ticking.tick(nowMs)) this.#running.delete(ticking);
    }
    if (this.#running.size === 0) this.close();
  }
}
