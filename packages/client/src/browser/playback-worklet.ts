import { PlaybackEngine, type PlaybackEngineOptions } from '../playback/playback-engine.ts';
import type { ToPlayback } from '../playback/playback-messages.ts';
import { workletScope, type WorkletProcessorOptions } from './worklet-scope.ts';

// Runs on the audio thread: `browser-player.ts` has the browser load this file.
const { AudioWorkletProcessor, registerProcessor, sampleRate } = workletScope();

class PlaybackProcessor extends AudioWorkletProcessor {
  readonly #engine: PlaybackEngine;

  constructor({ processorOptions }: WorkletProcessorOptions) {
    super();
    this.#engine = new PlaybackEngine({
      sampleRateHz: sampleRate,
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the player is the only one to make it
      ...(processorOptions as Pick<PlaybackEngineOptions, 'capacitySamples' | 'prebufferSamples'>),
      post: (message) => this.port.postMessage(message),
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the player is the only one to write to it
    this.port.addEventListener('message', ({ data }) => this.#engine.receive(data as ToPlayback));
    this.port.start();
  }

  /** Called by the browser for each block of 128 samples. */
  process(_inputs: unknown, outputs: readonly (readonly Float32Array[])[]): boolean {
    const output = outputs[0]?.[0];
    if (output !== undefined) this.#engine.render(output);
    return true;
  }
}

registerProcessor('parley-playback', PlaybackProcessor);
