/**
 * A bounded first-in-first-out queue of audio frames. Frames are kept as they are, not copied: whoever
 * pushes gives the memory away.
 *
 * The policy when it is full is the producer's to obey: it must look at `room` before it pushes, which
 * is how back-pressure reaches the worker. A push beyond the bound is a fault of the caller and throws.
 */
export class FrameQueue {
  readonly capacity: number;
  readonly #ring: (Uint8Array | undefined)[];
  #head = 0;
  #length = 0;

  /** `capacity`: most frames held, at least 1. */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new RangeError(`frame queue capacity is ${capacity}; it must be a whole number of at least 1`);
    }
    this.capacity = capacity;
    this.#ring = Array.from({ length: capacity }, () => undefined);
  }

  /** Frames held now. */
  get length(): number {
    return this.#length;
  }

  /** Frames that may still be pushed. */
  get room(): number {
    return this.capacity - this.#length;
  }

  /** Adds a frame at the end. Throws a `RangeError` when there is no room. */
  push(frame: Uint8Array): void {
    if (this.#length === this.capacity) throw new RangeError('frame queue is full: look at room first');
    let tail = this.#head + this.#length;
    if (tail >= this.capacity) tail -= this.capacity;
    this.#ring[tail] = frame;
    this.#length += 1;
  }

  /** Takes the oldest frame, or `undefined` when there is none. */
  shift(): Uint8Array | undefined {
    if (this.#length === 0) return undefined;
    const frame = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.capacity) this.#head = 0;
    this.#length -= 1;
    return frame;
  }

  /** Drops everything. */
  clear(): void {
    this.#ring.fill(undefined);
    this.#head = 0;
    this.#length = 0;
  }
}
