/** Watches a client that does not take what is due: for how long, and whether it is to be given up. */
export class HoldBack {
  readonly #timeoutMs: number;
  #sinceMs: number | undefined;
  #behind = 0;
  #isGivenUp = false;

  /** `timeoutMs`: how long a client may make no progress at all. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Since when the client has made no progress; undefined when nothing is held back. */
  get sinceMs(): number | undefined {
    return this.#sinceMs;
  }

  /** Something is held back, as the client is `behind`; less of it than before is progress. */
  hold(nowMs: number, behind: number): void {
    if (this.#sinceMs === undefined || behind < this.#behind) this.#sinceMs = nowMs;
    this.#behind = behind;
  }

  /** Whether the client is to be given up now; true once. */
  giveUp(nowMs: number): boolean {
    if (this.#isGivenUp || this.#sinceMs === undefined) return false;
    this.#isGivenUp = nowMs - this.#sinceMs >= this.#timeoutMs;
    return this.#isGivenUp;
  }

  /** Nothing is held back any more. */
  end(): void {
    this.#sinceMs = undefined;
  }
}
