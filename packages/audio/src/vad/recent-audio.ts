/**
 * The last stretch of a stream's samples, so that what was said before speech was noticed is not lost.
 * Memory is taken at the first push and never grows. Needs no closing.
 */
export class RecentAudio {
  readonly #capacity: number;
  #ring: Int16Array | undefined;
  #end = 0;

  /** @throws RangeError when `capacitySamples` is not a positive integer */
  constructor(capacitySamples: number) {
    if (!Number.isInteger(capacitySamples) || capacitySamples <= 0) {
      throw new RangeError(`capacitySamples must be a positive integer, but is ${capacitySamples}.`);
    }
    this.#capacity = capacitySamples;
  }

  /** Samples pushed so far. */
  get endSample(): number {
    return this.#end;
  }

  /** The oldest sample still held, counted since the stream began. */
  get startSample(): number {
    return Math.max(0, this.#end - this.#capacity);
  }

  /** Copies the samples in; the oldest make room. */
  push(samples: Int16Array): void {
    this.#ring ??= new Int16Array(this.#capacity);
    const kept = samples.length > this.#capacity ? samples.subarray(-this.#capacity) : samples;
    const at = (this.#end + samples.length - kept.length) % this.#capacity;
    const first = Math.min(kept.length, this.#capacity - at);
    this.#ring.set(first === kept.length ? kept : kept.subarray(0, first), at);
    if (first < kept.length) this.#ring.set(kept.subarray(first), 0);
    this.#end += samples.length;
  }

  /** The samples from `fromSample` to the newest, as far as they are still held; fresh memory. */
  since(fromSample: number): Int16Array {
    const from = Math.min(this.#end, Math.max(this.startSample, Math.ceil(fromSample)));
    const result = new Int16Array(this.#end - from);
    if (this.#ring === undefined) return result;
    const at = from % this.#capacity;
    const first = Math.min(result.length, this.#capacity - at);
    result.set(this.#ring.subarray(at, at + first));
    if (first < result.length) result.set(this.#ring.subarray(0, result.length - first), first);
    return result;
  }
}
