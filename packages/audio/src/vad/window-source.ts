import type { Resampler, ResamplerFactory } from '../resampler.ts';
import { FrameSplitter, type FrameHandler } from './frame-splitter.ts';
import { WINDOW_SAMPLES } from './silero-ring.ts';

const SILERO_RATE_HZ = 16_000;
/** Lowest Speex quality at which the engines' answers stay as they are; 3 costs half of 5. */
const QUALITY = 3;

/** Cuts a stream of any VAD rate into Silero's windows of 512 samples at 16 kHz. Whoever makes it closes it. */
export class WindowSource {
  /** Samples of a window at the stream's own rate. */
  readonly windowSamples: number;
  readonly #resampler: Resampler | undefined;
  readonly #splitter: FrameSplitter;

  constructor(factory: ResamplerFactory, sampleRateHz: number, onWindow: FrameHandler) {
    this.windowSamples = (WINDOW_SAMPLES * sampleRateHz) / SILERO_RATE_HZ;
    this.#resampler =
      sampleRateHz === SILERO_RATE_HZ
        ? undefined
        : factory.create({ fromHz: sampleRateHz, toHz: SILERO_RATE_HZ, quality: QUALITY });
    this.#splitter = new FrameSplitter(WINDOW_SAMPLES, onWindow);
  }

  /** Takes samples of the stream's own rate; windows that they complete come before it returns. */
  push(samples: Int16Array): void {
    this.#splitter.push(this.#resampler === undefined ? samples : this.#resampler.process(samples));
  }

  /** Frees the resampler. Idempotent. */
  close(): void {
    this.#resampler?.close();
  }
}
