import {
  ASR_RATE_HZ,
  type AsrEvent,
  type AsrSegment,
  type AsrStream,
  type AsrStreamOptions,
} from './asr-engine.ts';
import { AsrError } from './asr-error.ts';
import type { AsrPool } from './asr-pool.ts';
import { findQuietCut, isDigitalSilence } from './quiet-cut.ts';
import type { Recognition } from './recognizer.ts';
import { SampleBuffer } from './sample-buffer.ts';
import { TurnText } from './turn-text.ts';

/** Options of {@link WindowedStream}. */
export interface WindowedStreamOptions extends AsrStreamOptions {
  readonly language: string;
  readonly partials: boolean;
  readonly partialIntervalMs: number;
  readonly maxWindowMs: number;
  readonly pool: AsrPool;
  /** Called once, when nothing will be told any more. */
  readonly onOver: () => void;
}

const SAMPLES_PER_MS = ASR_RATE_HZ / 1000;
/** Less audio than this holds no word. */
const MIN_WINDOW_SAMPLES = 100 * SAMPLES_PER_MS;
/** Where the cut is looked for: in the last part of a full window. */
const CUT_FROM = 0.6;
/** Stretches of one stream that may wait to be decoded: beyond it the engine is hopelessly behind. */
const MAX_PENDING = 4;

/** One turn, decoded in windows: again and again while it grows, once more when it is full or over. */
export class WindowedStream implements AsrStream {
  readonly #options: WindowedStreamOptions;
  readonly #window = new SampleBuffer();
  readonly #maxSamples: number;
  readonly #abort = new AbortController();
  readonly #cancel = (): void => this.cancel();
  readonly #text = new TurnText();
  /** Stretches being decoded for good. */
  #pending = 0;
  /** Settles, and never rejects, when all stretches so far have been taken into the text. */
  #settled: Promise<void> = Promise.resolve();
  #windowStart = 0;
  #partialRuns = false;
  /** Length of the window at its last partial. */
  #partialLength = 0;
  #shedTold = false;
  #isSilent = false;
  #isEnded = false;
  #isOver = false;
  #isCancelled = false;

  constructor(options: WindowedStreamOptions) {
    this.#options = options;
    this.#maxSamples = Math.round(options.maxWindowMs * SAMPLES_PER_MS);
    options.signal?.addEventListener('abort', this.#cancel, { once: true });
  }

  push(samples: Int16Array): void {
    for (let start = 0; start < samples.length && !this.#isEnded;) {
      const end = start + this.#maxSamples - this.#window.length;
      this.#window.append(samples.subarray(start, end));
      start = end;
      if (this.#window.length >= this.#maxSamples) this.#cut();
    }
    if (!this.#isEnded) this.#askForPartial();
  }

  setSilent(isSilent: boolean): void {
    this.#isSilent = isSilent;
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#decode(this.#window.copy());
    this.#window.clear();
    void this.#settled.then(() => this.#finish());
  }

  cancel(): void {
    this.#isEnded = true;
    this.#isCancelled = true;
    this.#over();
  }

  /** Ends the stream with a failure. Idempotent. */
  fail(error: AsrError): void {
    if (this.#isOver) return;
    this.#isEnded = true;
    queueMicrotask(() => {
      if (!this.#isCancelled) this.#options.onEvent({ kind: 'failed', error });
    });
    this.#over();
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.signal?.removeEventListener('abort', this.#cancel);
    this.#abort.abort();
    this.#window.clear();
    this.#options.onOver();
  }

  #tell(event: AsrEvent): void {
    if (!this.#isOver) this.#options.onEvent(event);
  }

  #cut(): void {
    if (this.#pending >= MAX_PENDING) {
      const message = `recognition is ${MAX_PENDING} stretches of ${this.#options.maxWindowMs} ms behind the audio`;
      this.fail(new AsrError('OVERLOADED', message));
      return;
    }
    const at = findQuietCut(this.#window.view(), Math.floor(this.#maxSamples * CUT_FROM), this.#maxSamples);
    this.#decode(this.#window.take(at));
    this.#partialLength = 0;
  }

  /** Has a stretch decoded for good; its words are taken in once those before it are. */
  #decode(samples: Int16Array): void {
    const { language, owner, pool } = this.#options;
    const startMs = Math.round(this.#windowStart / SAMPLES_PER_MS);
    this.#windowStart += samples.length;
    const stretch = { startMs, endMs: Math.round(this.#windowStart / SAMPLES_PER_MS) };
    const isEmpty = samples.length < MIN_WINDOW_SAMPLES || isDigitalSilence(samples);
    this.#pending += 1;
    const isLast = this.#isEnded;
    const onText = (text: string): void => {
      if (this.#pending === 1) this.#tellPartial(text, undefined);
    };
    const decoded = isEmpty
      ? Promise.resolve({ text: '' })
      : pool.decode({
          samples,
          language,
          signal: this.#abort.signal,
          ...(owner !== undefined && { owner }),
          ...(isLast && this.#options.partials && { onText }),
        });
    const before = this.#settled;
    this.#settled = this.#take(before, decoded, stretch);
  }

  async #take(
    before: Promise<void>,
    decoded: Promise<Recognition>,
    stretch: Omit<AsrSegment, 'text'>,
  ): Promise<void> {
    try {
      const [recognition] = await Promise.all([decoded, before]);
      this.#text.settle(recognition, stretch);
    } catch (cause) {
      this.fail(AsrError.from(cause));
    }
    this.#pending -= 1;
  }

  #finish(): void {
    const { text, language, segments } = this.#text;
    this.#tell({ kind: 'final', text, segments, ...(language !== undefined && { language }) });
    this.#over();
  }

  #askForPartial(): void {
    const { partials, partialIntervalMs, pool, language } = this.#options;
    const { length } = this.#window;
    // While an earlier stretch is decoded for good it is not known which words belong to this one.
    if (!partials || this.#isSilent || this.#partialRuns || this.#pending > 0) return;
    if (length - this.#partialLength < partialIntervalMs * SAMPLES_PER_MS || length < MIN_WINDOW_SAMPLES)
      return;
    this.#partialLength = length;
    if (isDigitalSilence(this.#window.view())) return;
    const decoded = pool.tryPartial({ samples: this.#window.copy(), language, signal: this.#abort.signal });
    if (decoded === undefined) {
      if (!this.#shedTold) queueMicrotask(() => this.#tell({ kind: 'partials_shed' }));
      this.#shedTold = true;
      return;
    }
    this.#partialRuns = true;
    void this.#takePartial(decoded, this.#windowStart);
  }

  async #takePartial(decoded: Promise<Recognition>, windowStart: number): Promise<void> {
    try {
      const { text, language } = await decoded;
      // Once the window is decoded for good this is no news any more.
      if (windowStart === this.#windowStart) this.#tellPartial(text, language);
    } catch {
      // A partial may be missed; if something is broken, the end of the turn tells.
    }
    this.#partialRuns = false;
  }

  #tellPartial(decoded: string, language: string | undefined): void {
    const partial = this.#text.grow(decoded);
    if (partial === undefined) return;
    this.#tell({ kind: 'partial', ...partial, ...(language !== undefined && { language }) });
  }
}
