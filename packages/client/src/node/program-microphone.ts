import { createEndSignal } from '../microphone/end-signal.ts';
import { FrameCutter } from '../microphone/frame-cutter.ts';
import type { Microphone } from '../microphone/microphone.ts';
import { recorderPrograms, type AudioProgram } from './audio-programs.ts';
import { spawnFirst, stopProgram } from './spawn-first.ts';

/** Options of {@link openProgramMicrophone}. */
export interface ProgramMicrophoneOptions {
  /** Default 16,000. */
  readonly sampleRateHz?: number;
  /** Programs to try, in this order. Default: `arecord`, `parec`, `rec`. */
  readonly programs?: readonly AudioProgram[];
}

const FRAME_MS = 20;

/**
 * The microphone of this machine, by a program that records.
 *
 * @throws ParleyClientError `MICROPHONE_FAILED` when no program is installed
 */
export async function openProgramMicrophone(options: ProgramMicrophoneOptions = {}): Promise<Microphone> {
  const sampleRateHz = options.sampleRateHz ?? 16_000;
  const programs = options.programs ?? recorderPrograms(sampleRateHz);
  const child = await spawnFirst(programs, ['ignore', 'pipe', 'ignore'], 'MICROPHONE_FAILED');
  const { ended, end } = createEndSignal();
  child.once('close', end);
  return {
    sampleRateHz,
    ended,
    start(listener) {
      const cutter = new FrameCutter((FRAME_MS * sampleRateHz) / 1000, listener);
      let odd: Buffer = Buffer.alloc(0);
      child.stdout?.on('data', (chunk: Buffer) => {
        const bytes = Buffer.concat([odd, chunk]);
        const samples = new Int16Array(bytes.byteLength >> 1);
        for (let i = 0; i < samples.length; i += 1) samples[i] = bytes.readInt16LE(2 * i);
        odd = bytes.subarray(2 * samples.length);
        cutter.push(samples);
      });
    },
    async close() {
      await stopProgram(child);
      end();
    },
  };
}
