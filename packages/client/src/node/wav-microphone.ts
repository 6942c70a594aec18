import { systemClock, type ClientClock } from '../clock.ts';
import { Downsampler } from '../microphone/downsampler.ts';
import { createEndSignal } from '../microphone/end-signal.ts';
import { FrameCutter } from '../microphone/frame-cutter.ts';
import type { Microphone } from '../microphone/microphone.ts';
import { parseWav } from './wav-format.ts';

/** Options of {@link createWavMicrophone}. */
export interface WavMicrophoneOptions {
  /** The content of a WAV file with 16-bit samples. */
  readonly wav: Uint8Array;
  /** Silence after the file, in ms, as a microphone goes on after its user. Default 1000; 0 means none. */
  readonly trailingSilenceMs?: number;
  /** Time; for tests. */
  readonly clock?: ClientClock;
}

const FRAME_MS = 20;

/** Rates that sessions take. */
const SESSION_RATES_HZ: ReadonlySet<number> = new Set([8000, 16_000, 24_000, 32_000, 48_000]);

/** What a file of another rate is brought to. */
const FALLBACK_RATE_HZ = 16_000;

/**
 * A file that is heard as if someone spoke it now: each 20 ms when their time has come, by an absolute clock.
 *
 * @throws RangeError for a file that is not of 16-bit samples at 8 kHz or at least 16 kHz
 */
export function createWavMicrophone(options: WavMicrophoneOptions): Microphone {
  const { clock = systemClock, trailingSilenceMs = 1000 } = options;
  const { sampleRateHz, frames } = cutFrames(options.wav, trailingSilenceMs);
  const { ended, end } = createEndSignal();
  let cancel: (() => void) | undefined;
  return {
    sampleRateHz,
    ended,
    start(listener) {
      const startMs = clock.nowMs();
      let index = 0;
      const next = (): void => {
        // A frame is there when its last sample was spoken.
        while (index < frames.length && clock.nowMs() >= startMs + (index + 1) * FRAME_MS) {
          const frame = frames[index];
          index += 1;
          if (frame !== undefined) listener(frame);
          if (cancel === undefined) return;
        }
        if (index < frames.length) {
          cancel = clock.after(Math.max(0, startMs + (index + 1) * FRAME_MS - clock.nowMs()), next);
        } else {
          end();
        }
      };
      cancel = clock.after(FRAME_MS, next);
    },
    close() {
      cancel?.();
      cancel = undefined;
      end();
      return Promise.resolve();
    },
  };
}

function cutFrames(
  wav: Uint8Array,
  trailingSilenceMs: number,
): { sampleRateHz: number; frames: Int16Array<ArrayBuffer>[] } {
  const file = parseWav(wav);
  const sampleRateHz = SESSION_RATES_HZ.has(file.sampleRateHz) ? file.sampleRateHz : FALLBACK_RATE_HZ;
  const frames: Int16Array<ArrayBuffer>[] = [];
  const frameSamples = (FRAME_MS * sampleRateHz) / 1000;
  const cutter = new FrameCutter(frameSamples, (frame) => frames.push(frame));
  cutter.push(file.sampleRateHz === sampleRateHz ? file.samples : downsample(file, sampleRateHz));
  // The silence also fills up the last frame of the file.
  cutter.push(
    new Int16Array(Math.max(frameSamples - 1, Math.ceil((trailingSilenceMs * sampleRateHz) / 1000))),
  );
  return { sampleRateHz, frames };
}

function downsample(
  { samples, sampleRateHz }: { readonly samples: Int16Array; readonly sampleRateHz: number },
  outputRateHz: number,
): Float32Array {
  const downsampler = new Downsampler({ inputRateHz: sampleRateHz, outputRateHz });
  return downsampler.process(Float32Array.from(samples, (sample) => sample / 32_768));
}
