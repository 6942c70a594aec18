/** Options of {@link BackOff}. */
export interface BackOffOptions {
  /** The first delay, in ms. */
  readonly minMs: number;
  /** The longest delay, in ms. */
  readonly maxMs: number;
  /** Between 0 and 1, as `Math.random` gives it. */
  readonly random: () => number;
}

/** Delays between attempts: each about twice the one before, and none the same for all who wait. */
export class BackOff {
  readonly #options: BackOffOptions;
  #failures = 0;

  constructor(options: BackOffOptions) {
    this.#options = options;
  }

  /** The delay before the next attempt, in ms: between a half and the whole of what it has grown to. */
  next(): number {
    const { minMs, maxMs, random } = this.#options;
    const wholeMs = Math.min(maxMs, minMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return wholeMs * (0.5 + random() / 2);
  }

  /** Begins anew: things have been well for a while. */
  reset(): void {
    this.#failures = 0;
  }
}
