import { RecentAudio } from './recent-audio.ts';
import { SpeechDetector, type SpeechDetectorOptions } from './speech-detector.ts';
import type { VadEngine, VadStream } from './vad-engine.ts';

/** Options of {@link SpeechListener}. */
export interface SpeechListenerOptions extends SpeechDetectorOptions {
  /** Judges the audio; stays the caller's. */
  readonly engine: VadEngine;
  /** Rate of the microphone's audio: one of `vadSampleRatesHz`. */
  readonly sampleRateHz: number;
  /** Audio from before a start that is kept, in ms. Default 300; 0 for none. */
  readonly preRollMs?: number;
}

/** How late a decision may come, by the engine's windows and its thread. */
const DECISION_LATENESS_MS = 500;
const MAX_KEPT_MS = 10_000;

/**
 * One session's ears: an engine's stream, the detector behind it and the audio just heard. Takes audio in
 * chunks of any size. Whoever makes it closes it.
 */
export class SpeechListener {
  readonly sampleRateHz: number;
  readonly #preRollMs: number;
  readonly #detector: SpeechDetector;
  readonly #stream: VadStream;
  readonly #recent: RecentAudio;
  #closed = false;

  /** @throws RangeError when an option is out of range */
  constructor(options: SpeechListenerOptions) {
    const { engine, sampleRateHz, preRollMs = 300 } = options;
    this.sampleRateHz = sampleRateHz;
    this.#preRollMs = preRollMs;
    const detector = new SpeechDetector(options);
    this.#detector = detector;
    const samplesPerMs = sampleRateHz / 1000;
    const startMs = (options.minSpeechDurationMs ?? 100) * (options.speakingThresholdMultiplier ?? 2);
    const keptMs = Math.min(MAX_KEPT_MS, preRollMs + startMs + DECISION_LATENESS_MS);
    this.#recent = new RecentAudio(Math.ceil(keptMs * samplesPerMs));
    this.#stream = engine.createStream({
      sampleRateHz,
      onDecision: (probability, level, start, end) =>
        detector.update(probability, level, start / samplesPerMs, end / samplesPerMs),
    });
  }

  /** Whether speech has started and not stopped. */
  get inSpeech(): boolean {
    return this.#detector.inSpeech;
  }

  /** Audio heard so far, in ms. */
  get heardMs(): number {
    return (this.#stream.pushedSamples * 1000) / this.sampleRateHz;
  }

  /** Says whether the system itself speaks, which raises what it takes to start. */
  setSystemSpeaks(speaks: boolean): void {
    this.#detector.setSystemSpeaks(speaks);
  }

  /** Takes samples; they are copied. Does nothing after `close()`. */
  push(samples: Int16Array): void {
    if (this.#closed) return;
    // First kept, then judged: an event may ask for the very samples that brought it.
    this.#recent.push(samples);
    this.#stream.push(samples);
  }

  /**
   * What was said since `atMs` and the pre-roll before it, up to the newest sample pushed, as far as it is
   * kept (1 s at the defaults). Fresh memory.
   */
  audioSince(atMs: number): Int16Array {
    return this.#recent.since(((atMs - this.#preRollMs) * this.sampleRateHz) / 1000);
  }

  /** The microphone went silent without sending silence: ends speech at once. */
  finish(): void {
    this.#detector.finish();
  }

  /** Ends the stream; no event comes any more. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#stream.close();
  }
}
