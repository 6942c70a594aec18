import type { MessagePortLike } from './web-audio.ts';

/** A processor on the audio thread, as the browser makes it. */
export interface WorkletProcessorLike {
  readonly port: MessagePortLike;
}

/** What a processor is made with. */
export interface WorkletProcessorOptions {
  readonly processorOptions?: unknown;
}

/** The globals of an audio thread. */
export interface WorkletScope {
  readonly sampleRate: number;
  readonly AudioWorkletProcessor: new () => WorkletProcessorLike;
  readonly registerProcessor: (
    name: string,
    processor: new (options: WorkletProcessorOptions) => WorkletProcessorLike,
  ) => void;
}

/** The scope that this module was loaded into by `audioWorklet.addModule`. */
export function workletScope(): WorkletScope {
  const scope: unknown = globalThis;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- this is what the audio thread defines
  return scope as WorkletScope;
}
