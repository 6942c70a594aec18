import type { SpeexModule } from '@echogarden/speex-resampler-wasm/simd';

/** Lowest sample rate that can be resampled, in Hz. */
export const MIN_RESAMPLER_RATE_HZ: number = 8_000;
/** Highest sample rate that can be resampled, in Hz. */
export const MAX_RESAMPLER_RATE_HZ: number = 192_000;

/** Options of {@link ResamplerFactory.create}. */
export interface ResamplerOptions {
  /** Rate of the input, 8000 to 192000 Hz, an integer. */
  readonly fromHz: number;
  /** Rate of the output, 8000 to 192000 Hz, an integer. Equal rates pass the samples through. */
  readonly toHz: number;
  /** Speex quality, 0 (fast) to 10 (best); 5 by default. */
  readonly quality?: number;
}

/**
 * Converts one stream of mono s16 samples from one rate to another, keeping state over chunks of any size.
 * The filter's latency is compensated: output sample 0 lies at the same moment as input sample 0. Whoever
 * creates a resampler closes it; its filter lives in WASM memory that no garbage collector frees.
 */
export interface Resampler {
  /**
   * Feeds a chunk and returns what can be computed so far (it may be empty). The input is only read; the
   * result is fresh memory that the caller owns.
   *
   * @throws Error after `close()`
   */
  process(input: Int16Array): Int16Array;
  /**
   * Ends the stream and returns its tail, owned by the caller. All results together then hold exactly
   * `Math.round(inputSamples * toHz / fromHz)` samples. The next `process` begins a new stream.
   *
   * @throws Error after `close()`
   */
  flush(): Int16Array;
  /** Frees the WASM memory; further calls do nothing. */
  close(): void;
}

/** Makes resamplers synchronously; from {@link loadResampler}. It lives as long as the process. */
export interface ResamplerFactory {
  /**
   * @throws RangeError when a rate or the quality is out of range
   * @throws Error when the WASM memory is used up
   */
  create(options: ResamplerOptions): Resampler;
}

/**
 * Loaded once for all: like any imported module, the WASM code and its 8 MB of memory are shared by
 * everyone in the process, and only the filters inside belong to a resampler.
 */
let loading: Promise<ResamplerFactory> | undefined;

/** Loads the WASM resampler; later calls return the same factory. A failed load is tried again. */
export function loadResampler(): Promise<ResamplerFactory> {
  loading ??= load().catch((cause: unknown) => {
    loading = undefined;
    throw new Error('The WASM resampler could not be loaded.', { cause });
  });
  return loading;
}

/**
 * Loads the WASM where needed and makes one resampler.
 *
 * @throws RangeError when a rate or the quality is out of range
 */
export async function createResampler(options: ResamplerOptions): Promise<Resampler> {
  return (await loadResampler()).create(options);
}

async function load(): Promise<ResamplerFactory> {
  const { default: loadSpeex } = await import('@echogarden/speex-resampler-wasm/simd');
  const scratch = new Scratch(await loadSpeex());
  return {
    create({ fromHz, toHz, quality = 5 }: ResamplerOptions): Resampler {
      checkInteger('fromHz', fromHz, MIN_RESAMPLER_RATE_HZ, MAX_RESAMPLER_RATE_HZ);
      checkInteger('toHz', toHz, MIN_RESAMPLER_RATE_HZ, MAX_RESAMPLER_RATE_HZ);
      checkInteger('quality', quality, 0, 10);
      return fromHz === toHz ? new Passthrough() : new SpeexResampler(scratch, fromHz, toHz, quality);
    },
  };
}

function checkInteger(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} must be an integer from ${min} to ${max}, but is ${value}.`);
  }
}

const CLOSED = 'This resampler is closed.';
const IN_SAMPLES = 2048;
const OUT_SAMPLES = 8192;

/** In and out buffers inside the WASM memory, shared by all resamplers, as each call is synchronous. */
class Scratch {
  readonly speex: SpeexModule;
  readonly inPointer: number;
  readonly outPointer: number;
  readonly lengthsPointer: number;

  constructor(speex: SpeexModule) {
    this.speex = speex;
    this.inPointer = allocate(speex, IN_SAMPLES * 2);
    this.outPointer = allocate(speex, OUT_SAMPLES * 2);
    this.lengthsPointer = allocate(speex, 8);
  }
}

function allocate(speex: SpeexModule, bytes: number): number {
  const pointer = speex._malloc(bytes);
  if (pointer === 0) throw new Error('The WASM memory of the resampler is used up.');
  return pointer;
}

class SpeexResampler implements Resampler {
  readonly #scratch: Scratch;
  readonly #fromHz: number;
  readonly #toHz: number;
  /** Input samples that the filter looks ahead. */
  readonly #lookAhead: number;
  /** Address of the filter; 0 once closed. */
  #state: number;
  #consumed = 0;
  #produced = 0;

  constructor(scratch: Scratch, fromHz: number, toHz: number, quality: number) {
    const { speex, lengthsPointer } = scratch;
    this.#scratch = scratch;
    this.#fromHz = fromHz;
    this.#toHz = toHz;
    this.#state = speex._speex_resampler_init(1, fromHz, toHz, quality, lengthsPointer);
    if (this.#state === 0) {
      const code = speex.HEAPU32[lengthsPointer >> 2];
      throw new Error(`The resampler from ${fromHz} to ${toHz} Hz could not be made (Speex error ${code}).`);
    }
    speex._speex_resampler_skip_zeros(this.#state);
    this.#lookAhead = speex._speex_resampler_get_input_latency(this.#state);
  }

  process(input: Int16Array): Int16Array {
    this.#consumed += input.length;
    const ready = Math.ceil(((this.#consumed - this.#lookAhead) * this.#toHz) / this.#fromHz);
    const output = new Int16Array(Math.max(0, ready - this.#produced));
    this.#run(input, output);
    return output;
  }

  flush(): Int16Array {
    const { speex } = this.#scratch;
    const total = Math.round((this.#consumed * this.#toHz) / this.#fromHz);
    const output = new Int16Array(Math.max(0, total - this.#produced));
    // One sample more than the look-ahead: rounding may want an output just past the last input.
    this.#run(new Int16Array(this.#lookAhead + 1), output);
    speex._speex_resampler_reset_mem(this.#state);
    speex._speex_resampler_skip_zeros(this.#state);
    this.#consumed = 0;
    this.#produced = 0;
    return output;
  }

  close(): void {
    if (this.#state === 0) return;
    this.#scratch.speex._speex_resampler_destroy(this.#state);
    this.#state = 0;
  }

  /** Feeds all of `input`, and fills `output` with what comes; what does not fit is left out. */
  #run(input: Int16Array, output: Int16Array): void {
    if (this.#state === 0) throw new Error(CLOSED);
    const { speex, inPointer, outPointer, lengthsPointer } = this.#scratch;
    const lengths = lengthsPointer >> 2;
    let read = 0;
    let written = 0;
    while (read < input.length) {
      const piece = input.subarray(read, read + IN_SAMPLES);
      speex.HEAP16.set(piece, inPointer >> 1);
      speex.HEAPU32[lengths] = piece.length;
      speex.HEAPU32[lengths + 1] = OUT_SAMPLES;
      speex._speex_resampler_process_int(
        this.#state,
        0,
        inPointer,
        lengthsPointer,
        outPointer,
        lengthsPointer + 4,
      );
      read += speex.HEAPU32[lengths] ?? 0;
      const made = Math.min(speex.HEAPU32[lengths + 1] ?? 0, output.length - written);
      const from = outPointer >> 1;
      output.set(speex.HEAP16.subarray(from, from + made), written);
      written += made;
    }
    this.#produced += written;
  }
}

/** Equal rates: samples pass through unchanged, still copied so that the result is owned. */
class Passthrough implements Resampler {
  #closed = false;

  process(input: Int16Array): Int16Array {
    if (this.#closed) throw new Error(CLOSED);
    return input.slice();
  }

  flush(): Int16Array {
    if (this.#closed) throw new Error(CLOSED);
    return new Int16Array(0);
  }

  close(): void {
    this.#closed = true;
  }
}
