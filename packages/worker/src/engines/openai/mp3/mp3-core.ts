import { readFileSync } from 'node:fs';

/** What the WebAssembly of `minimp3-wasm` exports, as far as it is used here. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  decoder_init(): void;
  decoder_set_mp3_data_size(bytes: number): void;
  decoder_mp3_data_offset(): number;
  decoder_pcm_data_offset(): number;
  decoder_decode(seconds: number): void;
}

/** The largest frame is 1,441 bytes, its samples 4,608. */
const ROOM_BYTES = 16_384;
const EVERYTHING = -1;
const BYTES_PER_SAMPLE = 2;

/** As much of WebAssembly as is used here: its types come with those of browsers, which workers do without. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every Node has it
const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };

/** Compiled once: it holds no state. */
let compiled: object | undefined;

/**
 * Decodes MP3 frame by frame. The package's own JavaScript wants a whole file; its WebAssembly keeps its state from
 * one piece to the next, and a frame is a piece. Each has an instance of its own, about 130 KB, which is
 * collected like any object.
 */
export class Mp3Core {
  readonly #exports: Exports;

  constructor() {
    compiled ??= new api.Module(
      readFileSync(new URL(import.meta.resolve('minimp3-wasm/dist/decoder.opt.wasm'))),
    );
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the exact version is pinned
    this.#exports = new api.Instance(compiled).exports as Exports;
    // Grows the memory, which it otherwise does when it is too late to clear it.
    this.#exports.decoder_set_mp3_data_size(ROOM_BYTES);
    this.#exports.decoder_init();
  }

  /**
   * Decodes one whole frame of so many samples and channels; s16le, channels in turn. A frame that builds on
   * earlier ones which never came is silence.
   */
  decode(frame: Uint8Array, samples: number, channels: number): Uint8Array {
    const { memory } = this.#exports;
    this.#exports.decoder_set_mp3_data_size(frame.length);
    const at = this.#exports.decoder_mp3_data_offset();
    new Uint8Array(memory.buffer, at, frame.length).set(frame);
    const pcm = new Uint8Array(
      memory.buffer,
      this.#exports.decoder_pcm_data_offset(),
      samples * channels * BYTES_PER_SAMPLE,
    );
    pcm.fill(0);
    this.#exports.decoder_decode(EVERYTHING);
    return pcm.slice();
  }
}
