/**
 * The last frames of a session that were sent, by their sequence number, for a client that comes back after its
 * connection dropped. The oldest make room for the newest.
 */
export class SentFrames {
  #capacity: number;
  #frames: (Uint8Array | undefined)[];
  /** Of the frame at the same place; apart from it, so that keeping a frame makes nothing. */
  #generations: Uint32Array;
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

  /** Keeps so many from now on; of those it has, the newest. */
  resize(capacity: number): void {
    if (capacity === this.#capacity) return;
    const frames = Array.from<Uint8Array | undefined>({ length: capacity });
    const generations = new Uint32Array(capacity);
    const oldest = Math.max(this.#oldest, this.#newest - capacity + 1);
    for (let sequence = oldest; sequence <= this.#newest; sequence += 1) {
      frames[sequence % capacity] = this.frame(sequence);
      generations[sequence % capacity] = this.generation(sequence) ?? 0;
    }
    this.#capacity = capacity;
    this.#frames = frames;
    this.#generations = generations;
    this.#oldest = oldest;
  }

  /** Forgets all frames up to this one: the client has got them. */
  forget(sequence: number): void {
    const last = Math.min(sequence, this.#newest);
    for (; this.#oldest <= last; this.#oldest += 1) this.#frames[this.#oldest % this.#capacity] = undefined;
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
