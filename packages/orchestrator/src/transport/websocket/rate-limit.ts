/**
 * A token bucket: `perSecond` on average, twice that in one burst.
 * Takes time as an argument, so that it needs no timer and no clock of its own.
 */
export class TokenBucket {
  readonly #perSecond: number;
  #tokens: number;
  #filledAtMs: number;

  /** `perSecond`: tokens a second; 0 means no limit. */
  constructor(perSecond: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#tokens = perSecond * 2;
    this.#filledAtMs = nowMs;
  }

  /** Takes a token; false when there is none. */
  take(nowMs: number): boolean {
    if (this.#perSecond === 0) return true;
    const earned = ((nowMs - this.#filledAtMs) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#perSecond * 2, this.#tokens + earned);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** Counts what happens within a sliding window of time. */
export class SlidingCount {
  readonly #windowMs: number;
  readonly #times: number[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Adds one event and returns how many lie within the window now, this one included. */
  add(nowMs: number): number {
    const times = this.#times;
    times.push(nowMs);
    while ((times[0] ?? nowMs) <= nowMs - this.#windowMs) times.shift();
    return times.length;
  }
}
