import { Downsampler } from '../microphone/downsampler.ts';
import { FrameCutter } from '../microphone/frame-cutter.ts';
import { workletScope, type WorkletProcessorOptions } from './worklet-scope.ts';

// Runs on the audio thread: `browser-microphone.ts` has the browser load this file.
const { AudioWorkletProcessor, registerProcessor, sampleRate } = workletScope();

/** What the microphone makes its processor with. */
interface CaptureOptions {
  readonly outputRateHz: number;
  readonly frameSamples: number;
}

class CaptureProcessor extends AudioWorkletProcessor {
  readonly #downsampler: Downsampler;
  readonly #cutter: FrameCutter;

  constructor({ processorOptions }: WorkletProcessorOptions) {
    super();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the microphone is the only one to make it
    const { outputRateHz, frameSamples } = processorOptions as CaptureOptions;
    this.#downsampler = new Downsampler({ inputRateHz: sampleRate, outputRateHz });
    this.#cutter = new FrameCutter(frameSamples, (frame) => this.port.postMessage(frame, [frame.buffer]));
  }

  /** Called by the browser for each block of 128 samples. */
  process(inputs: readonly (readonly Float32Array[])[]): boolean {
    const input = inputs[0]?.[0];
    if (input !== undefined) this.#cutter.push(this.#downsampler.process(input));
    return true;
  }
}

registerProcessor('parley-microphone', CaptureProcessor);
