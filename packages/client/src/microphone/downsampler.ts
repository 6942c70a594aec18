/** Options of {@link Downsampler}. */
export interface DownsamplerOptions {
  readonly inputRateHz: number;
  /** Not above the input's. */
  readonly outputRateHz: number;
}

/** Zero crossings of the filter on each side: enough for speech, cheap enough for an audio thread. */
const CROSSINGS = 12;

/** Where the filter begins to fall, as a part of half the output rate. */
const PASS_BAND = 0.92;

/**
 * Lowers the rate of a stream of samples by a windowed-sinc filter. The result does not depend on how the
 * stream is cut into pieces. Delays by half its filter, about {@link CROSSINGS} output samples.
 */
export class Downsampler {
  /** Filters by the place of an output sample between two input samples: `phases` of `taps` each. */
  readonly #filters: readonly Float32Array[];
  readonly #taps: number;
  /** Input samples from one output sample to the next: whole, and the rest in phases. */
  readonly #step: number;
  readonly #phases: number;
  #tail: Float32Array<ArrayBuffer>;
  /** Place of the next output sample, in phases from the beginning of the tail. */
  #place = 0;

  /** @throws RangeError for rates that are not whole and positive, or where the output's is the higher */
  constructor({ inputRateHz, outputRateHz }: DownsamplerOptions) {
    const areRates = [inputRateHz, outputRateHz].every((rate) => Number.isInteger(rate) && rate > 0);
    if (!areRates || outputRateHz > inputRateHz) {
      throw new RangeError(`Cannot go from ${inputRateHz} Hz down to ${outputRateHz} Hz.`);
    }
    const divisor = greatestCommonDivisor(inputRateHz, outputRateHz);
    this.#step = inputRateHz / divisor;
    this.#phases = outputRateHz / divisor;
    const half = Math.ceil((CROSSINGS * inputRateHz) / outputRateHz);
    this.#taps = 2 * half;
    this.#filters = Array.from({ length: this.#phases }, (_, phase) =>
      makeFilter(this.#taps, half - 1 + phase / this.#phases, (PASS_BAND * outputRateHz) / inputRateHz),
    );
    this.#tail = new Float32Array(half - 1);
  }

  /** Takes the next samples and returns those that are complete, in new memory. */
  process(input: Float32Array): Float32Array<ArrayBuffer> {
    const samples = new Float32Array(this.#tail.length + input.length);
    samples.set(this.#tail);
    samples.set(input, this.#tail.length);
    const output: number[] = [];
    let start = Math.floor(this.#place / this.#phases);
    while (start + this.#taps <= samples.length) {
      output.push(this.#filter(samples, start, this.#place % this.#phases));
      this.#place += this.#step;
      start = Math.floor(this.#place / this.#phases);
    }
    const used = Math.min(start, samples.length);
    this.#tail = samples.slice(used);
    this.#place -= used * this.#phases;
    return Float32Array.from(output);
  }

  #filter(samples: Float32Array, start: number, phase: number): number {
    const filter = this.#filters[phase];
    if (filter === undefined) return 0;
    let sum = 0;
    for (let i = 0; i < filter.length; i += 1) sum += (filter[i] ?? 0) * (samples[start + i] ?? 0);
    return sum;
  }
}

/** A low pass (cut-off as a part of half the input rate) about `centre`, whose taps add up to 1. */
function makeFilter(taps: number, centre: number, cutOff: number): Float32Array {
  const filter = Float64Array.from({ length: taps }, (_, tap) => {
    const x = tap - centre;
    const window = 0.5 + 0.5 * Math.cos((2 * Math.PI * x) / taps);
    return Math.abs(x) >= taps / 2 ? 0 : sinc(cutOff * x) * window;
  });
  const sum = filter.reduce((total, value) => total + value, 0);
  return Float32Array.from(filter, (value) => value / sum);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
