/**
 * The last frames of a session that were sent, by their sequence number, for a client that comes back after its
 * connection dropped. The oldest make room for the newest.
 */
export class SentFrames {
  readonly #capacity: number;
  readonly #frames: (Uint8Array | undefined)[];
  /** Of the frame at the same place; apart from it, so that keeping a frame makes nothing. */
  readonly #generations: Uint32Array;
  #newest = 0;
  #oldest = 1;

  /** `capacity`: most frames kept; 0 keeps none. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#frames = Array.from({ length: capacity }, () => undefined);
    this.#generations = new Uint32Array(capacity);
  }

  /** Sequence number of the newest frame; 0 before the first. */
  get newest(): number {
    return this.#newest;
  }

  /** Sequence number of the oldest frame still kept; above {@link newest} when none is. */
  get oldest(): number {
    return this.#oldest;
  }

  /** Keeps the next frame. */
  add(frame: Uint8Array, generation: number): void {
    this.#newest += 1;
    if (this.#capacity === 0) {
      this.#oldest = this.#newest + 1;
      return;
    }
    const place = this.#newest % this.#capacity;
    this.#frames[place] = frame;
    this.#generations[place] = generation;
    this.#oldest = Math.max(this.#oldest, this.#newest - this.#capacity + 1);
  }

  /** The frame with this sequence number, or `undefined` when it is not kept. */
  frame(sequence: number): Uint8Array | undefined {
    return this.#has(sequence) ? this.#frames[sequence % this.#capacity] : undefined;
  }

  /** Generation of the frame with this sequence number, or `undefined` when it is not kept. */
  generation(sequence: number): number | undefined {
    return this.#has(sequence) ? this.#generations[sequence % this.#capacity] : undefined;
  }

  #has(sequence: number): boolean {
    return sequence >= this.#oldest && sequence <= this.#newest;
  }
}
