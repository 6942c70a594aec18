import { NoiseGate, type NoiseGateOptions } from './noise-gate.ts';

/** Speech began or ended. Positions are ms of audio since the stream began. */
export type SpeechEvent =
  | {
      readonly kind: 'speech_started';
      /** Where the speech began: before the moment it was decided. */
      readonly atMs: number;
      /** End of the audio that decided it. */
      readonly decidedAtMs: number;
    }
  | {
      /** Speech has lasted for the time that makes it an interruption; once a speech, if at all. */
      readonly kind: 'speech_sustained';
      /** Where the speech began. */
      readonly atMs: number;
      /** End of the audio that decided it. */
      readonly decidedAtMs: number;
    }
  | {
      readonly kind: 'speech_stopped';
      /** Where the speech ended and the silence that ended it began. */
      readonly atMs: number;
      /** End of the audio that decided it. */
      readonly decidedAtMs: number;
    };

/** Options of {@link SpeechDetector}. */
export interface SpeechDetectorOptions {
  /** Speech needed before it counts as begun, in ms. Default 100; 0 starts at the first speech. */
  readonly minSpeechDurationMs?: number;
  /** Silence needed before speech counts as ended, in ms. Default 300; 0 ends at the first silence. */
  readonly minSilenceDurationMs?: number;
  /** Length of speech, from its beginning, that is told as sustained, in ms. Default: never told. */
  readonly sustainedAfterMs?: number;
  /**
   * While the system speaks, factor on what it takes to start: on the duration of speech needed, and on the
   * level where there is a noise gate. Default 2; 1 for no difference.
   */
  readonly speakingThresholdMultiplier?: number;
  /** Adaptive noise gate; none by default. */
  readonly noiseGate?: NoiseGateOptions;
  /** Probability from which audio counts toward a start. Default 0.5. */
  readonly startProbability?: number;
  /** Probability below which audio counts toward the end. Default 0.35: a voice that wavers is not cut. */
  readonly stopProbability?: number;
  /** Told each start and each stop, in turn, a start first. */
  readonly onEvent: (event: SpeechEvent) => void;
}

/** A dip of this length within the first syllable does not begin the count anew. */
const CANDIDATE_GAP_MS = 60;

/**
 * Turns the decisions of a VAD engine into starts and stops of speech for one session. Pure: time is the
 * audio's own, so the same decisions give the same events however fast they come.
 *
 * What the noise gate holds back counts as silence. Audio that never came (a gap between decisions) counts
 * as silence too, so speech always ends.
 */
export class SpeechDetector {
  readonly #minSpeechMs: number;
  readonly #minSilenceMs: number;
  readonly #sustainedAfterMs: number;
  readonly #multiplier: number;
  readonly #startProbability: number;
  readonly #stopProbability: number;
  readonly #gate: NoiseGate | undefined;
  readonly #onEvent: (event: SpeechEvent) => void;
  #systemSpeaks = false;
  #inSpeech = false;
  #toldSustained = false;
  #positionMs = 0;
  /** Speech heard towards a start. */
  #speechMs = 0;
  #speechFromMs = 0;
  /** Silence heard since the last speech: towards a stop, or towards giving up on a start. */
  #silenceMs = 0;
  #silenceFromMs = 0;

  /** @throws RangeError when an option is out of range */
  constructor(options: SpeechDetectorOptions) {
    this.#minSpeechMs = checkAtLeast('minSpeechDurationMs', options.minSpeechDurationMs ?? 100, 0);
    this.#minSilenceMs = checkAtLeast('minSilenceDurationMs', options.minSilenceDurationMs ?? 300, 0);
    this.#sustainedAfterMs = options.sustainedAfterMs ?? Number.POSITIVE_INFINITY;
    this.#multiplier = checkAtLeast(
      'speakingThresholdMultiplier',
      options.speakingThresholdMultiplier ?? 2,
      1,
    );
    this.#startProbability = options.startProbability ?? 0.5;
    this.#stopProbability = options.stopProbability ?? Math.min(0.35, this.#startProbability);
    this.#gate = options.noiseGate === undefined ? undefined : new NoiseGate(options.noiseGate);
    this.#onEvent = options.onEvent;
  }

  /** Whether speech has started and not stopped. */
  get inSpeech(): boolean {
    return this.#inSpeech;
  }

  /** End of the audio heard so far, in ms. */
  get positionMs(): number {
    return this.#positionMs;
  }

  /** Says whether the system itself speaks; from the next decision on. */
  setSystemSpeaks(speaks: boolean): void {
    this.#systemSpeaks = speaks;
  }

  /**
   * Takes the next decision. Events come before it returns. Positions are ms since the stream began;
   * audio before what was already heard is left out.
   *
   * @param probability how surely it is speech, 0 to 1
   * @param levelDbfs its level
   */
  update(probability: number, levelDbfs: number, startMs: number, endMs: number): void {
    if (startMs > this.#positionMs) this.#hearSilence(this.#positionMs, startMs);
    const fromMs = Math.max(startMs, this.#positionMs);
    if (endMs <= fromMs) return;
    this.#gate?.observe(levelDbfs, endMs - fromMs);
    const threshold = this.#inSpeech ? this.#stopProbability : this.#startProbability;
    if (probability >= threshold && this.#passesGate(levelDbfs)) this.#hearSpeech(fromMs, endMs);
    else this.#hearSilence(fromMs, endMs);
  }

  /** The audio has ended, or is not to be waited for: ends speech at once. */
  finish(): void {
    this.#speechMs = 0;
    if (this.#inSpeech) this.#stop(this.#silenceMs > 0 ? this.#silenceFromMs : this.#positionMs);
  }

  #passesGate(levelDbfs: number): boolean {
    if (this.#gate === undefined) return true;
    return this.#gate.passes(levelDbfs, this.#systemSpeaks && !this.#inSpeech ? this.#multiplier : 1);
  }

  #hearSpeech(fromMs: number, toMs: number): void {
    this.#positionMs = toMs;
    this.#silenceMs = 0;
    if (this.#inSpeech) {
      this.#tellSustained(toMs);
      return;
    }
    if (this.#speechMs === 0) this.#speechFromMs = fromMs;
    this.#speechMs += toMs - fromMs;
    const needed = this.#minSpeechMs * (this.#systemSpeaks ? this.#multiplier : 1);
    if (this.#speechMs < needed) return;
    this.#speechMs = 0;
    this.#inSpeech = true;
    this.#toldSustained = false;
    this.#onEvent({ kind: 'speech_started', atMs: this.#speechFromMs, decidedAtMs: toMs });
    this.#tellSustained(toMs);
  }

  #tellSustained(toMs: number): void {
    if (this.#toldSustained || toMs - this.#speechFromMs < this.#sustainedAfterMs) return;
    this.#toldSustained = true;
    this.#onEvent({ kind: 'speech_sustained', atMs: this.#speechFromMs, decidedAtMs: toMs });
  }

  #hearSilence(fromMs: number, toMs: number): void {
    this.#positionMs = toMs;
    if (this.#silenceMs === 0) this.#silenceFromMs = fromMs;
    this.#silenceMs += toMs - fromMs;
    if (!this.#inSpeech) {
      if (this.#silenceMs > CANDIDATE_GAP_MS) this.#speechMs = 0;
      return;
    }
    if (this.#silenceMs >= this.#minSilenceMs) this.#stop(this.#silenceFromMs);
  }

  #stop(atMs: number): void {
    this.#inSpeech = false;
    this.#onEvent({ kind: 'speech_stopped', atMs, decidedAtMs: this.#positionMs });
  }
}

function checkAtLeast(name: string, value: number, min: number): number {
  if (value >= min && Number.isFinite(value)) return value;
  throw new RangeError(`${name} must be a number of at least ${min}, but is ${value}.`);
}
