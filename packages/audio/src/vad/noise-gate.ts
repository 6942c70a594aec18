import { dbFromGain } from '../level.ts';

/** Options of {@link NoiseGate}. */
export interface NoiseGateOptions {
  /** Length of the past that the noise floor is taken from, in ms. Default 2000. */
  readonly windowMs?: number;
  /** Percentile of the levels in that window taken as the floor, above 0 to 100. Default 10. */
  readonly percentile?: number;
  /** How many times the floor (as an amplitude) a level must reach to pass. Default 2, which is 6 dB. */
  readonly thresholdMultiplier?: number;
}

/** Shortest decision of any engine. */
const MIN_DECISION_MS = 10;
const BINS = 121;

/**
 * Follows the noise floor of a stream and says which levels stand out of it. It only answers: it never
 * takes a frame out of the stream, so whatever it holds back still counts as silence.
 *
 * Levels of the window are kept as a histogram of 1 dB bins: a decision costs one step in and one out.
 */
export class NoiseGate {
  readonly #windowMs: number;
  readonly #share: number;
  readonly #marginDb: number;
  readonly #bins: Uint8Array;
  readonly #durationsMs: Float32Array;
  readonly #weightMs: Float64Array = new Float64Array(BINS);
  #oldest = 0;
  #count = 0;
  #totalMs = 0;

  /** @throws RangeError when an option is out of range */
  constructor(options: NoiseGateOptions = {}) {
    const { windowMs = 2000, percentile = 10, thresholdMultiplier = 2 } = options;
    checkAbove('windowMs', windowMs, 0);
    checkAbove('percentile', percentile, 0);
    checkAbove('thresholdMultiplier', thresholdMultiplier, 0);
    this.#windowMs = windowMs;
    this.#share = Math.min(1, percentile / 100);
    this.#marginDb = dbFromGain(thresholdMultiplier);
    const capacity = Math.ceil(windowMs / MIN_DECISION_MS) + 1;
    this.#bins = new Uint8Array(capacity);
    this.#durationsMs = new Float32Array(capacity);
  }

  /**
   * The noise floor in dBFS, to 1 dB. `undefined` until half a window was heard: before, the only sound
   * heard may be the voice itself.
   */
  get floorDbfs(): number | undefined {
    if (this.#totalMs < this.#windowMs / 2) return undefined;
    const wanted = this.#totalMs * this.#share;
    let heard = 0;
    for (let bin = 0; bin < BINS; bin += 1) {
      heard += this.#weightMs[bin] ?? 0;
      if (heard >= wanted) return bin - (BINS - 1);
    }
    return 0;
  }

  /** Takes the level of the next stretch of audio into the window. */
  observe(levelDbfs: number, durationMs: number): void {
    while (this.#count > 0 && (this.#totalMs + durationMs > this.#windowMs || this.#full)) this.#forget();
    const place = (this.#oldest + this.#count) % this.#bins.length;
    const bin = Math.max(0, Math.min(BINS - 1, Math.round(levelDbfs) + BINS - 1));
    this.#bins[place] = bin;
    this.#durationsMs[place] = durationMs;
    // What comes out again later is the rounded number, and must be what goes in.
    const duration = this.#durationsMs[place] ?? 0;
    this.#weightMs[bin] = (this.#weightMs[bin] ?? 0) + duration;
    this.#totalMs += duration;
    this.#count += 1;
  }

  /**
   * Whether a level stands out of the noise; anything does while the floor is not known.
   *
   * @param multiplier a further factor on the threshold, 1 for none
   */
  passes(levelDbfs: number, multiplier: number): boolean {
    const floor = this.floorDbfs;
    return floor === undefined || levelDbfs >= floor + this.#marginDb + dbFromGain(multiplier);
  }

  get #full(): boolean {
    return this.#count === this.#bins.length;
  }

  #forget(): void {
    const bin = this.#bins[this.#oldest] ?? 0;
    const duration = this.#durationsMs[this.#oldest] ?? 0;
    this.#weightMs[bin] = Math.max(0, (this.#weightMs[bin] ?? 0) - duration);
    this.#totalMs -= duration;
    this.#oldest = (this.#oldest + 1) % this.#bins.length;
    this.#count -= 1;
  }
}

function checkAbove(name: string, value: number, min: number): void {
  if (!(value > min)) throw new RangeError(`${name} must be above ${min}, but is ${value}.`);
}
