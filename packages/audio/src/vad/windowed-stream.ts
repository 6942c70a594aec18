import { levelDbfs } from '../level.ts';
import type { ResamplerFactory } from '../resampler.ts';
import type { JudgedStream } from './judged-stream.ts';
import type { SileroJudge } from './silero-judge.ts';
import { checkSampleRate } from './vad-detector.ts';
import type { VadStats, VadStream, VadStreamOptions } from './vad-engine.ts';
import { VadError } from './vad-error.ts';
import { WindowSource } from './window-source.ts';

/** Decides what is done with a window: `judged.judge`, or `judged.skip`. It may read it only during the call. */
export type WindowRouter = (judged: JudgedStream, window: Int16Array, levelDbfs: number) => void;

/** The router of one stream, with what it needs to remember. Its stream closes it. */
export interface StreamRouter {
  readonly route: WindowRouter;
  close(): void;
}

/** Options of {@link WindowedStreams}. */
export interface WindowedStreamsOptions {
  readonly judge: SileroJudge;
  readonly resamplers: ResamplerFactory;
  readonly createRouter: () => StreamRouter;
}

/** What the engines with Silero's windows share: their streams, and their counters. */
export class WindowedStreams {
  readonly #options: WindowedStreamsOptions;
  readonly #streams = new Set<VadStream>();
  #decisions = 0;
  #closed = false;

  constructor(options: WindowedStreamsOptions) {
    this.#options = options;
  }

  /** As `VadEngine.createStream`. */
  create(options: VadStreamOptions): VadStream {
    if (this.#closed) throw new VadError('CLOSED', 'The VAD engine is closed.');
    const stream: VadStream = new WindowedStream(this.#options, {
      ...options,
      sampleRateHz: checkSampleRate(options.sampleRateHz),
      onDecision: (probability, level, start, end) => {
        this.#decisions += 1;
        options.onDecision(probability, level, start, end);
      },
      onClose: () => this.#streams.delete(stream),
    });
    this.#streams.add(stream);
    return stream;
  }

  /** As `VadEngine.stats`. */
  stats(): VadStats {
    return { streams: this.#streams.size, decisions: this.#decisions, ...this.#options.judge.stats };
  }

  /** Ends all streams, and the judge. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const stream of this.#streams) stream.close();
    await this.#options.judge.close();
  }
}

class WindowedStream implements VadStream {
  readonly sampleRateHz: number;
  readonly #source: WindowSource;
  readonly #judged: JudgedStream;
  readonly #router: StreamRouter;
  readonly #onClose: () => void;
  #pushed = 0;
  #decided = 0;

  constructor(
    { judge, resamplers, createRouter }: WindowedStreamsOptions,
    { sampleRateHz, onDecision, onClose }: VadStreamOptions & { readonly onClose: () => void },
  ) {
    this.sampleRateHz = sampleRateHz;
    this.#onClose = onClose;
    this.#router = createRouter();
    this.#source = new WindowSource(resamplers, sampleRateHz, (window) => {
      // The handler of an earlier window of the same push may have closed the stream.
      if (!this.#judged.closed) this.#router.route(this.#judged, window, levelDbfs(window));
    });
    const { windowSamples } = this.#source;
    this.#judged = judge.open((probability, level) => {
      const start = this.#decided;
      this.#decided += windowSamples;
      onDecision(probability, level, start, this.#decided);
    });
  }

  get pushedSamples(): number {
    return this.#pushed;
  }

  get decidedSamples(): number {
    return this.#decided;
  }

  get pendingDecisions(): number {
    return this.#judged.pending;
  }

  push(samples: Int16Array): void {
    if (this.#judged.closed) return;
    this.#pushed += samples.length;
    this.#source.push(samples);
  }

  close(): void {
    if (this.#judged.closed) return;
    this.#judged.close();
    this.#source.close();
    this.#router.close();
    this.#onClose();
  }
}
