/** Options of {@link createReframer}. */
export interface ReframerOptions {
  /** Exact size of every frame handed out, in bytes; a positive integer. */
  readonly frameBytes: number;
}

/**
 * Cuts a byte stream that arrives in chunks of any size into frames of one exact size.
 *
 * Who owns the memory:
 * - A pushed chunk is borrowed until the next call of `next()` or `flush()` that returns `undefined`; until
 *   then its owner must not write to it. After that the reframer holds no reference to it.
 * - A frame that lies inside one chunk is a view into that chunk: it lives as long as the chunk's memory
 *   does. Whoever keeps it longer, or gets chunks from a pooled buffer, must copy it.
 * - A frame that spans chunks, and the padded frame of `flush()`, is fresh memory that the caller owns.
 *
 * The reframer itself sets no bound: the caller pulls until `undefined` after each push, which leaves less
 * than one frame inside. It needs no closing.
 */
export interface Reframer {
  /** Bytes pushed and not yet handed out. */
  readonly pendingBytes: number;
  /** Adds a chunk of any size, also odd and also empty. */
  push(chunk: Uint8Array): void;
  /** The next exact frame, or `undefined` when less than one frame is left. */
  next(): Uint8Array | undefined;
  /**
   * Ends the stream: hands out what is left, whole frames first, then the last partial frame padded with
   * zeros, then `undefined`.
   */
  flush(): Uint8Array | undefined;
  /** Forgets everything pushed and not yet handed out. */
  reset(): void;
}

/**
 * Makes a {@link Reframer}.
 *
 * @throws RangeError when `frameBytes` is not a positive integer
 */
export function createReframer(options: ReframerOptions): Reframer {
  const { frameBytes } = options;
  if (!Number.isInteger(frameBytes) || frameBytes <= 0) {
    throw new RangeError(`frameBytes must be a positive integer, but is ${frameBytes}.`);
  }
  return new ChunkReframer(frameBytes);
}

class ChunkReframer implements Reframer {
  readonly #frameBytes: number;
  /** Chunks not yet used up; a plain array, as more than one is rare. */
  #chunks: Uint8Array[] = [];
  /** Bytes of the first chunk already handed out. */
  #offset = 0;
  /** The beginning of a frame whose end has not come yet; handed out, and then forgotten, when full. */
  #carry: Uint8Array | undefined;
  #carried = 0;
  #pending = 0;

  constructor(frameBytes: number) {
    this.#frameBytes = frameBytes;
  }

  get pendingBytes(): number {
    return this.#pending;
  }

  push(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return;
    this.#chunks.push(chunk);
    this.#pending += chunk.byteLength;
  }

  next(): Uint8Array | undefined {
    if (this.#pending < this.#frameBytes) {
      this.#gather();
      return undefined;
    }
    const first = this.#chunks[0];
    if (first !== undefined && this.#carried === 0) {
      const end = this.#offset + this.#frameBytes;
      if (end <= first.byteLength) {
        const frame = first.subarray(this.#offset, end);
        this.#pending -= this.#frameBytes;
        this.#advance(first, end);
        return frame;
      }
    }
    this.#gather();
    return this.#release();
  }

  flush(): Uint8Array | undefined {
    const frame = this.next();
    if (frame !== undefined || this.#carried === 0) return frame;
    this.#carry?.fill(0, this.#carried);
    return this.#release();
  }

  reset(): void {
    this.#chunks = [];
    this.#offset = 0;
    this.#carry = undefined;
    this.#carried = 0;
    this.#pending = 0;
  }

  /** Copies from the chunks until the carried frame is full or the chunks are used up. */
  #gather(): void {
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      this.#carry ??= new Uint8Array(this.#frameBytes);
      const wanted = this.#frameBytes - this.#carried;
      if (wanted === 0) return;
      const end = Math.min(chunk.byteLength, this.#offset + wanted);
      this.#carry.set(chunk.subarray(this.#offset, end), this.#carried);
      this.#carried += end - this.#offset;
      this.#advance(chunk, end);
    }
  }

  #release(): Uint8Array | undefined {
    const frame = this.#carry;
    this.#pending -= this.#carried;
    this.#carry = undefined;
    this.#carried = 0;
    return frame;
  }

  #advance(chunk: Uint8Array, offset: number): void {
    if (offset < chunk.byteLength) {
      this.#offset = offset;
      return;
    }
    this.#chunks.shift();
    this.#offset = 0;
  }
}
