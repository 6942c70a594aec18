import { RecentAudio } from './recent-audio.ts';
import { SpeechDetector, type SpeechDetectorOptions } from './speech-detector.ts';
import type { VadEngine, VadStream } from './vad-engine.ts';
import { WaitingAudio } from './waiting-audio.ts';

/** Options of {@link SpeechListener}. */
export interface SpeechListenerOptions extends SpeechDetectorOptions {
  /** Judges the audio; stays the caller's. */
  readonly engine: VadEngine;
  /** Rate of the microphone's audio: one of `vadSampleRatesHz`. */
  readonly sampleRateHz: number;
  /** Audio from before a start that is kept, in ms. Default 300; 0 for none. */
  readonly preRollMs?: number;
  /**
   * Told all of the audio, a stretch of 32 ms at most just before it is judged: what an event is about is never far
   * behind. May be read during the call only.
   */
  readonly onAudio?: (samples: Int16Array) => void;
  /** Monotonic milliseconds. Default `performance.now`. */
  readonly nowMs?: () => number;
}

/** How late a decision may come, by the engine's windows and its thread. */
const DECISION_LATENESS_MS = 500;
const MAX_KEPT_MS = 10_000;
/** Audio given to the engine at a time: a window of those that have windows. */
const STRETCH_MS = 32;
/** Decisions that may be on their way. With more, audio waits here, so that no decision comes later than is allowed for. */
const MAX_PENDING_DECISIONS = 8;
/** Most audio that waits. Beyond it the engine is given more than it keeps up with, and calls it silence. */
const MAX_WAITING_MS = 10_000;
/** The same for time that it waits: an engine does a burst in a fraction of it, or has fallen behind. */
const MAX_WAIT_MS = 2500;

/**
 * One session's ears: an engine's stream, the detector behind it and the audio just heard. Takes audio in
 * chunks of any size. What comes in a burst waits until the engine has judged what came before, so that a start is
 * told while its audio is still kept. Whoever makes it closes it.
 */
export class SpeechListener {
  readonly sampleRateHz: number;
  readonly #preRollMs: number;
  readonly #stretchSamples: number;
  readonly #detector: SpeechDetector;
  readonly #stream: VadStream;
  readonly #recent: RecentAudio;
  readonly #waiting = new WaitingAudio();
  readonly #onAudio: ((samples: Int16Array) => void) | undefined;
  readonly #nowMs: () => number;
  #isFeeding = false;
  #closed = false;

  /** @throws RangeError when an option is out of range */
  constructor(options: SpeechListenerOptions) {
    const { engine, sampleRateHz, preRollMs = 300 } = options;
    this.sampleRateHz = sampleRateHz;
    this.#preRollMs = preRollMs;
    this.#onAudio = options.onAudio;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    const detector = new SpeechDetector(options);
    this.#detector = detector;
    const samplesPerMs = sampleRateHz / 1000;
    this.#stretchSamples = STRETCH_MS * samplesPerMs;
    const startMs = (options.minSpeechDurationMs ?? 100) * (options.speakingThresholdMultiplier ?? 2);
    const keptMs = Math.min(MAX_KEPT_MS, preRollMs + startMs + DECISION_LATENESS_MS);
    this.#recent = new RecentAudio(Math.ceil(keptMs * samplesPerMs));
    this.#stream = engine.createStream({
      sampleRateHz,
      onDecision: (probability, level, start, end) => {
        detector.update(probability, level, start / samplesPerMs, end / samplesPerMs);
        this.#catchUp();
      },
    });
  }

  /** Whether speech has started and not stopped. */
  get inSpeech(): boolean {
    return this.#detector.inSpeech;
  }

  /** Whether audio waits to be judged and will be soon: the newest events are not about the newest audio. */
  get isBehind(): boolean {
    return this.#waiting.length > 0 && !this.#isLate;
  }

  /** Audio heard so far, also what waits to be judged, in ms. */
  get heardMs(): number {
    return ((this.#stream.pushedSamples + this.#waiting.length) * 1000) / this.sampleRateHz;
  }

  /** Says whether the system itself speaks, which raises what it takes to start. */
  setSystemSpeaks(speaks: boolean): void {
    this.#detector.setSystemSpeaks(speaks);
  }

  /** Takes samples; they are copied. Does nothing after `close()`. */
  push(samples: Int16Array): void {
    if (this.#closed) return;
    this.#catchUp();
    // Nearly always nothing waits: then nothing is copied but what is kept anyway.
    let fed = 0;
    while (fed < samples.length && this.#waiting.length === 0 && this.#mayFeed) {
      const stretch = samples.subarray(fed, fed + this.#stretchSamples);
      this.#feed(stretch);
      fed += stretch.length;
    }
    if (fed < samples.length) this.#waiting.push(samples.subarray(fed), this.#nowMs());
  }

  /**
   * What was said since `atMs` and the pre-roll before it, up to the newest sample told to `onAudio`, as far as it is
   * kept (1 s at the defaults). Fresh memory.
   */
  audioSince(atMs: number): Int16Array {
    return this.#recent.since(((atMs - this.#preRollMs) * this.sampleRateHz) / 1000);
  }

  /**
   * Takes back the newest audio, what is not judged: for another listener, before this one is closed. Of speech that has
   * begun, only what was not told to `onAudio`.
   */
  takeUnjudged(): Int16Array {
    const fed = this.inSpeech ? new Int16Array() : this.#recent.since(this.#stream.decidedSamples);
    const waiting = this.#waiting.takeAll();
    const unjudged = new Int16Array(fed.length + waiting.length);
    unjudged.set(fed);
    unjudged.set(waiting, fed.length);
    return unjudged;
  }

  /** The microphone went silent without sending silence: ends speech at once. */
  finish(): void {
    this.#detector.finish();
  }

  /** Ends the stream; no event comes any more. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#waiting.takeAll();
    this.#stream.close();
  }

  get #isLate(): boolean {
    if (this.#waiting.length > (MAX_WAITING_MS * this.sampleRateHz) / 1000) return true;
    const cameAtMs = this.#waiting.oldestCameAtMs;
    return cameAtMs !== undefined && this.#nowMs() - cameAtMs > MAX_WAIT_MS;
  }

  /** A decision may come while audio is given to the engine: the next stretch comes after this one. */
  get #mayFeed(): boolean {
    return !this.#closed && !this.#isFeeding && this.#stream.pendingDecisions < MAX_PENDING_DECISIONS;
  }

  #catchUp(): void {
    while (this.#waiting.length > 0 && (this.#mayFeed || (!this.#isFeeding && this.#isLate))) {
      this.#feed(this.#waiting.take(this.#stretchSamples));
    }
  }

  #feed(stretch: Int16Array): void {
    this.#isFeeding = true;
    try {
      // First kept, then judged: an event may ask for the very samples that brought it.
      this.#recent.push(stretch);
      this.#onAudio?.(stretch);
      this.#stream.push(stretch);
    } finally {
      this.#isFeeding = false;
    }
  }
}
