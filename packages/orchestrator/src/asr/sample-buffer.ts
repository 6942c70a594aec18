const FIRST_CAPACITY = 16_000;

/** Samples that are appended at the end and taken from the front; its memory grows to what it once held. */
export class SampleBuffer {
  #samples = new Int16Array(FIRST_CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Copies the samples to the end. */
  append(samples: Int16Array): void {
    const length = this.#length + samples.length;
    if (length > this.#samples.length) {
      const larger = new Int16Array(Math.max(length, this.#samples.length * 2));
      larger.set(this.#samples.subarray(0, this.#length));
      this.#samples = larger;
    }
    this.#samples.set(samples, this.#length);
    this.#length = length;
  }

  /** All samples; a view that holds until the next call of another method. */
  view(): Int16Array {
    return this.#samples.subarray(0, this.#length);
  }

  /** A copy of all samples. */
  copy(): Int16Array {
    return this.#samples.slice(0, this.#length);
  }

  /** Removes the first `count` samples and gives a copy of them. */
  take(count: number): Int16Array {
    const taken = this.#samples.slice(0, Math.min(count, this.#length));
    this.#samples.copyWithin(0, taken.length, this.#length);
    this.#length -= taken.length;
    return taken;
  }

  /** Forgets everything and frees the memory. */
  clear(): void {
    this.#samples = new Int16Array(0);
    this.#length = 0;
  }
}
