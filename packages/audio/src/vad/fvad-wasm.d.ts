declare module '@echogarden/fvad-wasm' {
  /** The part of the Emscripten module that Parley calls. Pointers are byte addresses in its memory. */
  export interface FvadModule {
    /** Replaced whenever the memory grows: never keep it over a call. */
    readonly HEAPU8: Uint8Array;
    readonly HEAP16: Int16Array;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    _fvad_new(): number;
    _fvad_free(instance: number): void;
    _fvad_reset(instance: number): void;
    _fvad_set_mode(instance: number, mode: number): number;
    _fvad_set_sample_rate(instance: number, sampleRateHz: number): number;
    _fvad_process(instance: number, frame: number, samples: number): number;
  }
  const load: () => Promise<FvadModule>;
  export default load;
}
