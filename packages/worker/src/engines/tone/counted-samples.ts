/** Samples that a precomputed frame may have. */
const MAX_FRAME_SAMPLES = 48_000;
const CYCLE = 65_536;

/**
 * Where the count of a text starts, 0 to 65,535: 64 times the text's 32-bit FNV-1a hash (over its UTF-16
 * code units), modulo 65,536. Different texts nearly always start at different counts.
 */
export function countedSeed(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return ((hash >>> 0) % 1024) * 64;
}

/**
 * Sample `index` of a text spoken in `counted` mode: `countedSeed(text) + index`, wrapped to int16. So the
 * difference of two samples says how many lie between them, and every lost, repeated or swapped one shows.
 */
export function countedSample(text: string, index: number): number {
  return ((countedSeed(text) + index) << 16) >> 16;
}

/** All frames of all counts as views into one buffer: nothing is computed or copied per frame. */
export class CountedFrames {
  readonly #bytes: Buffer;

  constructor() {
    const samples = Int16Array.from({ length: CYCLE + MAX_FRAME_SAMPLES }, (_, index) => (index << 16) >> 16);
    this.#bytes = Buffer.from(samples.buffer);
  }

  /** `length` samples (at most 48,000) from count `start` on, s16le. Shared memory: only to be read. */
  frame(start: number, length: number): Buffer {
    const from = (start % CYCLE) * 2;
    return this.#bytes.subarray(from, from + length * 2);
  }
}
