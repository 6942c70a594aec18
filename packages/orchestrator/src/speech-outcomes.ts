import type { SynthesisResult } from './session/ports/worker-pool.ts';
import type { SpeechMetrics } from './tts/index.ts';

/** So many failures in a row mean that nothing can be said at present. */
const FAILURES_IN_A_ROW = 3;
/** Failures older than this say nothing about now. */
const RECENT_MS = 30_000;

/** Remembers how the last attempts to speak went, for `/health`. */
export class SpeechOutcomes {
  readonly #nowMs: () => number;
  #failures = 0;
  #failedAtMs = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether the last attempts have all failed, just now. */
  get areFailing(): boolean {
    return this.#failures >= FAILURES_IN_A_ROW && this.#nowMs() - this.#failedAtMs < RECENT_MS;
  }

  /** The same metrics, with an eye on how attempts end. */
  watch(metrics: SpeechMetrics): SpeechMetrics {
    return {
      ...metrics,
      synthesisEnded: (kind) => {
        this.#note(kind);
        metrics.synthesisEnded(kind);
      },
    };
  }

  #note(kind: SynthesisResult['kind']): void {
    if (kind === 'cancelled') return;
    this.#failures = kind === 'completed' ? 0 : this.#failures + 1;
    this.#failedAtMs = this.#nowMs();
  }
}
