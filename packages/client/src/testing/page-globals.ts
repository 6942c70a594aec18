import type { AudioContextLike, AudioNodeLike } from '../browser/web-audio.ts';

// What the functions that run in a page use of the page.
declare global {
  /** The page's own. */
  const window: {
    /** Cuts the connection; exposed by the test. */
    cutTheWire(): Promise<void>;
  };
  /** Measures what passes. */
  class AnalyserNode implements AudioNodeLike {
    constructor(context: AudioContextLike, options: { readonly fftSize: number });
    connect(destination: AudioNodeLike): unknown;
    disconnect(): void;
    getFloatTimeDomainData(target: Float32Array): void;
  }
}
