/** Lets through no more than a server takes in a second: at once as many, then as they are made up for. */
export class Pace {
  #perSecond = 0;
  #left = 0;
  #filledMs = 0;

  /** Starts anew with all of a second's messages; 0 means without limit. */
  restart(perSecond: number, nowMs: number): void {
    this.#perSecond = perSecond;
    this.#left = perSecond;
    this.#filledMs = nowMs;
  }

  /** Takes one, or says how long to wait for it, in ms: above 0. */
  take(nowMs: number): number {
    if (this.#perSecond === 0) return 0;
    this.#left = Math.min(this.#perSecond, this.#left + ((nowMs - this.#filledMs) * this.#perSecond) / 1000);
    this.#filledMs = nowMs;
    if (this.#left < 1) return Math.max(1, ((1 - this.#left) * 1000) / this.#perSecond);
    this.#left -= 1;
    return 0;
  }
}
