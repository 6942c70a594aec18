import loadFvad from '@echogarden/fvad-wasm';

/** How readily libfvad calls sound noise: 0 (rarely) to 3 (readily). */
export type VadAggressiveness = 0 | 1 | 2 | 3;

/** 30 ms at 48 kHz. */
const MAX_FRAME_SAMPLES = 1440;

// Loaded at import, as any module's code is, so that detectors can be made with `new`. All instances live
// in one WASM memory and share the frame buffer, as each call is synchronous.
const wasm = await loadFvad();
const frameAddress = wasm._malloc(MAX_FRAME_SAMPLES * 2);

/**
 * One libfvad instance, about 800 bytes of WASM memory that no garbage collector frees. Whoever makes it
 * closes it. The caller has checked rate, mode and frame size.
 */
export class Fvad {
  /** Address of the instance; 0 once closed. */
  #instance: number;

  constructor(sampleRateHz: number, aggressiveness: VadAggressiveness) {
    this.#instance = wasm._fvad_new();
    if (this.#instance === 0) throw new Error('The WASM memory of libfvad is used up.');
    wasm._fvad_set_mode(this.#instance, aggressiveness);
    wasm._fvad_set_sample_rate(this.#instance, sampleRateHz);
  }

  get closed(): boolean {
    return this.#instance === 0;
  }

  /** Judges 10, 20 or 30 ms given as samples. */
  isSpeech(frame: Int16Array): boolean {
    wasm.HEAP16.set(frame, frameAddress >> 1);
    return this.#process(frame.length);
  }

  /** Judges 10, 20 or 30 ms given as s16le bytes, at an odd address too. */
  isSpeechBytes(frame: Uint8Array): boolean {
    wasm.HEAPU8.set(frame, frameAddress);
    return this.#process(frame.byteLength >> 1);
  }

  /** Frees the WASM memory. Idempotent. */
  close(): void {
    if (this.#instance === 0) return;
    wasm._fvad_free(this.#instance);
    this.#instance = 0;
  }

  #process(samples: number): boolean {
    const answer = this.#instance === 0 ? -1 : wasm._fvad_process(this.#instance, frameAddress, samples);
    if (answer < 0) throw new Error(`libfvad refused a frame of ${samples} samples, or was closed.`);
    return answer === 1;
  }
}

/** Bytes of WASM memory that all instances live in; it grows and never shrinks. */
export function fvadMemoryBytes(): number {
  return wasm.HEAPU8.byteLength;
}
