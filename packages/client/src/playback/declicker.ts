/** How long speech fades in after silence, in ms. */
const FADE_IN_MS = 2;

/** How long it takes until one tenth is left of a sample at which speech was cut, in ms. */
const DECAY_MS = 2;

/**
 * Takes the click out of cuts: speech that is held or cleared in the middle of a wave falls off gently, and
 * rises gently where it begins again. It shapes what is heard and adds no sample to what is counted.
 */
export class Declicker {
  readonly #fadeSamples: number;
  readonly #decay: number;
  #faded = 0;
  /** The last sample that was heard, falling off. */
  #tail = 0;

  /** @param sampleRateHz rate of what passes */
  constructor(sampleRateHz: number) {
    this.#fadeSamples = Math.max(1, Math.round((FADE_IN_MS * sampleRateHz) / 1000));
    this.#decay = 0.1 ** (1000 / (DECAY_MS * sampleRateHz));
  }

  /** Shapes `output`, of which the first `count` samples are speech, and fills the rest. */
  process(output: Float32Array, count: number): void {
    for (let i = 0; i < count && this.#faded < this.#fadeSamples; i += 1) {
      this.#faded += 1;
      const gain = this.#faded / this.#fadeSamples;
      // What is left of the former sound goes on falling under the new one.
      this.#tail *= this.#decay;
      output[i] = (output[i] ?? 0) * gain + this.#tail * (1 - gain);
    }
    if (count > 0 && this.#faded === this.#fadeSamples) this.#tail = output[count - 1] ?? 0;
    if (count === output.length) return;
    if (count > 0) this.#tail = output[count - 1] ?? 0;
    this.#faded = 0;
    for (let i = count; i < output.length; i += 1) {
      this.#tail *= this.#decay;
      output[i] = this.#tail;
    }
    // So small that it is silence, and never so small that arithmetic becomes slow.
    if (Math.abs(this.#tail) < 1e-6) this.#tail = 0;
  }
}
