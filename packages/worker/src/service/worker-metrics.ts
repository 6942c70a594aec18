const KEPT_LATENCIES = 101;
/** Weight of a new value in the moving average of the real-time factor. */
const RTF_WEIGHT = 0.1;

/** Measures how well the engine does: first audio and real-time factor. */
export class WorkerMetrics {
  readonly #latenciesMs: number[] = [];
  #next = 0;
  #rtf: number | undefined;

  /** Notes the time from a text's arrival to its first audio. */
  firstAudio(latencyMs: number): void {
    this.#latenciesMs[this.#next] = latencyMs;
    this.#next = (this.#next + 1) % KEPT_LATENCIES;
  }

  /** Notes a spoken text: the time the engine took for it, without waiting for the receiver. */
  spoken(engineMs: number, audioMs: number): void {
    if (audioMs <= 0) return;
    const rtf = engineMs / audioMs;
    this.#rtf = this.#rtf === undefined ? rtf : this.#rtf + RTF_WEIGHT * (rtf - this.#rtf);
  }

  /** Moving average of synthesis time by audio time; 0 until something was spoken. */
  get rtf(): number {
    return rounded(this.#rtf ?? 0);
  }

  /** Median of the last 101 first-audio times in milliseconds; 0 until something was spoken. */
  get p50LatencyMs(): number {
    const sorted = this.#latenciesMs.toSorted((a, b) => a - b);
    return rounded(sorted[sorted.length >> 1] ?? 0);
  }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
