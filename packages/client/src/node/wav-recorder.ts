import { closeSync, openSync, writeSync } from 'node:fs';
import type { PcmOutput } from './pcm-output.ts';
import { WAV_HEADER_BYTES, wavHeader } from './wav-format.ts';

/** Options of {@link openWavRecorder}. */
export interface WavRecorderOptions {
  /** File to write; one that is there is replaced. */
  readonly path: string;
  /** Default 48,000. */
  readonly sampleRateHz?: number;
}

/** A recording that is being written. */
export interface WavRecorder extends PcmOutput {
  /** Samples written so far. */
  readonly sampleCount: number;
}

/**
 * Records what is played, without its pauses. The sizes in the header are written by `close`.
 *
 * @throws Error of the file system, here and in `write`
 */
export function openWavRecorder({ path, sampleRateHz = 48_000 }: WavRecorderOptions): WavRecorder {
  const file = openSync(path, 'w');
  let sampleCount = 0;
  let isClosed = false;
  writeSync(file, wavHeader(sampleRateHz, 0));
  return {
    get sampleCount() {
      return sampleCount;
    },
    write(samples) {
      if (isClosed) return;
      const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
      writeSync(file, bytes, 0, bytes.byteLength, WAV_HEADER_BYTES + 2 * sampleCount);
      sampleCount += samples.length;
    },
    close() {
      if (isClosed) return Promise.resolve();
      isClosed = true;
      writeSync(file, wavHeader(sampleRateHz, sampleCount), 0, WAV_HEADER_BYTES, 0);
      closeSync(file);
      return Promise.resolve();
    },
  };
}
