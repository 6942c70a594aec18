/** Cuts a stream of samples into frames of one size. */
export class FrameCutter {
  readonly #size: number;
  readonly #emit: (frame: Int16Array<ArrayBuffer>) => void;
  #frame: Int16Array<ArrayBuffer>;
  #filled = 0;

  /** @param emit gets each frame, which is its own from then on */
  constructor(size: number, emit: (frame: Int16Array<ArrayBuffer>) => void) {
    this.#size = size;
    this.#emit = emit;
    this.#frame = new Int16Array(size);
  }

  /** Takes the next samples: integers as they are, floats from -1 to 1, beyond which they are cut off. */
  push(samples: Int16Array | Float32Array): void {
    const isFloat = samples instanceof Float32Array;
    for (const sample of samples) {
      this.#frame[this.#filled] = isFloat ? toInt16(sample) : sample;
      this.#filled += 1;
      if (this.#filled < this.#size) continue;
      const frame = this.#frame;
      this.#frame = new Int16Array(this.#size);
      this.#filled = 0;
      this.#emit(frame);
    }
  }
}

function toInt16(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768)));
}
