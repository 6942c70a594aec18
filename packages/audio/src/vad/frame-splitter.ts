/** Takes one exact frame. It may be read only during the call: its memory is used again. */
export type FrameHandler = (frame: Int16Array) => void;

/**
 * Cuts samples that arrive in chunks of any size into frames of one size. Allocates nothing once made but
 * views of chunks that hold whole frames. Needs no closing.
 */
export class FrameSplitter {
  readonly #frame: Int16Array;
  readonly #onFrame: FrameHandler;
  #filled = 0;

  /** @throws RangeError when `frameSamples` is not a positive integer */
  constructor(frameSamples: number, onFrame: FrameHandler) {
    if (!Number.isInteger(frameSamples) || frameSamples <= 0) {
      throw new RangeError(`frameSamples must be a positive integer, but is ${frameSamples}.`);
    }
    this.#frame = new Int16Array(frameSamples);
    this.#onFrame = onFrame;
  }

  /** Samples of the frame that is not full yet. */
  get pendingSamples(): number {
    return this.#filled;
  }

  /** Hands out every frame that the chunk completes, before it returns. */
  push(chunk: Int16Array): void {
    const size = this.#frame.length;
    let read = 0;
    if (this.#filled > 0) {
      const wanted = size - this.#filled;
      if (chunk.length < wanted) {
        this.#frame.set(chunk, this.#filled);
        this.#filled += chunk.length;
        return;
      }
      this.#frame.set(chunk.subarray(0, wanted), this.#filled);
      this.#filled = 0;
      read = wanted;
      this.#onFrame(this.#frame);
    }
    if (read === 0 && chunk.length === size) {
      this.#onFrame(chunk);
      return;
    }
    for (; chunk.length - read >= size; read += size) this.#onFrame(chunk.subarray(read, read + size));
    if (read === chunk.length) return;
    this.#frame.set(chunk.subarray(read));
    this.#filled = chunk.length - read;
  }

  /** Forgets the frame that is not full yet. */
  reset(): void {
    this.#filled = 0;
  }
}
