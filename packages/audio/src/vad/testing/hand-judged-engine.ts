import type { VadEngine, VadStats, VadStream, VadStreamOptions } from '../vad-engine.ts';

const WINDOW_SAMPLES = 512;

/** An engine of one stream, slower than its audio: it decides on a window of 512 samples when a test says so. */
export class HandJudgedEngine implements VadEngine {
  readonly name = 'silero';
  readonly synchronous = false;
  /** Samples given to it. */
  pushed = 0;
  #decided = 0;
  #onDecision: VadStreamOptions['onDecision'] = () => {};

  /** Decides on the next `count` windows. */
  decide(count: number, isVoice: boolean = false): void {
    for (let window = 0; window < count; window += 1) {
      const start = this.#decided;
      this.#decided += WINDOW_SAMPLES;
      this.#onDecision(isVoice ? 1 : 0, isVoice ? -20 : -90, start, this.#decided);
    }
  }

  createStream({ sampleRateHz, onDecision }: VadStreamOptions): VadStream {
    this.#onDecision = onDecision;
    const pushedNow = (): number => this.pushed;
    const decidedNow = (): number => this.#decided;
    return {
      sampleRateHz,
      get pushedSamples() {
        return pushedNow();
      },
      get decidedSamples() {
        return decidedNow();
      },
      get pendingDecisions() {
        return Math.floor((pushedNow() - decidedNow()) / WINDOW_SAMPLES);
      },
      push: ({ length }) => {
        this.pushed += length;
      },
      close() {},
    };
  }

  stats(): VadStats {
    return { streams: 1, decisions: 0, inferredWindows: 0, batches: 0, shedWindows: 0, threadRestarts: 0 };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
