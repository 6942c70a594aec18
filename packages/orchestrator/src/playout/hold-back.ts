/** Watches a client that makes no progress: for how long, and whether it is to be given up. */
export class HoldBack {
  readonly #timeoutMs: number;
  #sinceMs: number | undefined;
  #behind = 0;
  #isGivenUp = false;

  /** `timeoutMs`: how long a client may make no progress at all. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Whether the client is waited for. */
  get isWaiting(): boolean {
    return this.#sinceMs !== undefined;
  }

  /** It is waited for, as it is `behind`; less than before is progress. Returns the ms that progress has ended. */
  wait(nowMs: number, behind: number): number {
    const sinceMs = this.#sinceMs;
    const hasProgress = behind < this.#behind;
    this.#behind = behind;
    if (sinceMs !== undefined && !hasProgress) return 0;
    this.#sinceMs = nowMs;
    return sinceMs === undefined ? 0 : nowMs - sinceMs;
  }

  /** Whether the client is to be given up now; true once. */
  giveUp(nowMs: number): boolean {
    if (this.#isGivenUp || this.#sinceMs === undefined) return false;
    this.#isGivenUp = nowMs - this.#sinceMs >= this.#timeoutMs;
    return this.#isGivenUp;
  }

  /** It is no longer waited for. Returns the ms since its last progress. */
  end(nowMs: number): number {
    const sinceMs = this.#sinceMs ?? nowMs;
    this.#sinceMs = undefined;
    return nowMs - sinceMs;
  }
}
