/** Name of a voice activity engine, as in the configuration. */
export type VadEngineName = 'webrtc' | 'silero' | 'hybrid';

/** Every engine, the simplest first. */
export const vadEngineNames: readonly VadEngineName[] = ['webrtc', 'silero', 'hybrid'];

/** Sample rates in Hz that every engine takes. */
export const vadSampleRatesHz: readonly number[] = [8_000, 16_000, 32_000, 48_000];

/**
 * Judges the voice activity of many streams at once. The process makes one engine and a stream a session.
 * Whoever makes it closes it, and with it every stream still open.
 */
export interface VadEngine {
  readonly name: VadEngineName;
  /**
   * `true`: every decision that a push completes is made before `push` returns. `false`: decisions come
   * later, from another thread.
   */
  readonly synchronous: boolean;
  /**
   * Begins a stream.
   *
   * @throws RangeError when the sample rate is none of {@link vadSampleRatesHz}
   * @throws VadError `CLOSED`
   */
  createStream(options: VadStreamOptions): VadStream;
  /** Counters since the engine was made; a fresh object each time. */
  stats(): VadStats;
  /** Ends all streams and gives back threads and memory. Idempotent. */
  close(): Promise<void>;
}

/** Options of {@link VadEngine.createStream}. */
export interface VadStreamOptions {
  /** Rate of the samples that will be pushed: one of {@link vadSampleRatesHz}. */
  readonly sampleRateHz: number;
  /** Told every decision, in the order of the audio, without gap or overlap. Never called after `close()`. */
  readonly onDecision: VadDecisionHandler;
}

/**
 * One decision, as plain arguments: this is called up to 100 times a second for each session, and must not
 * make garbage.
 *
 * @param probability how surely this is speech, 0 to 1; engines that only decide say 0 or 1
 * @param levelDbfs level of the audio judged, -120 to 0
 * @param startSample where the audio judged begins, in samples of the stream's own rate since it began
 * @param endSample where it ends, exclusive
 */
export type VadDecisionHandler = (
  probability: number,
  levelDbfs: number,
  startSample: number,
  endSample: number,
) => void;

/** The microphone of one session. Whoever creates it closes it. */
export interface VadStream {
  readonly sampleRateHz: number;
  /** Samples pushed so far. */
  readonly pushedSamples: number;
  /** End of the last decision told, in samples. */
  readonly decidedSamples: number;
  /** Decisions on their way; always 0 where the engine is synchronous. */
  readonly pendingDecisions: number;
  /**
   * Takes any number of samples, also none; they are only read, and copied where needed. Does nothing
   * after `close()`.
   */
  push(samples: Int16Array): void;
  /** Ends the stream and frees what it holds; decisions still on their way are dropped. Idempotent. */
  close(): void;
}

/** What an engine has done since it was made. */
export interface VadStats {
  /** Streams open now. */
  readonly streams: number;
  /** Decisions told. */
  readonly decisions: number;
  /** Windows judged by the neural engine. */
  readonly inferredWindows: number;
  /** Runs of the neural engine; windows of several streams share one. */
  readonly batches: number;
  /** Windows called silence without being judged, as the queue was full or the thread had died. */
  readonly shedWindows: number;
  /** Times the inference thread was started again after it died or hung. */
  readonly threadRestarts: number;
}
