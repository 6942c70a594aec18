import { samplesFromBytes } from '../pcm-format.ts';

/**
 * Reads s16le bytes that arrive in chunks of any length, odd ones too, as samples: a byte left over is kept
 * for the next chunk, so that one odd chunk does not turn all that follows into noise. Needs no closing.
 */
export class PcmChunks {
  #leftOver = -1;

  /** Whether a single byte waits for its other half. */
  get splitSample(): boolean {
    return this.#leftOver >= 0;
  }

  /**
   * The whole samples there are now. The result may share the memory of `bytes`: use it before that is
   * written to again.
   */
  read(bytes: Uint8Array): Int16Array {
    let whole = bytes;
    if (this.#leftOver >= 0) {
      whole = new Uint8Array(bytes.byteLength + 1);
      whole[0] = this.#leftOver;
      whole.set(bytes, 1);
    }
    this.#leftOver = whole.byteLength % 2 === 1 ? (whole.at(-1) ?? -1) : -1;
    return samplesFromBytes(whole);
  }
}
