import { once } from 'node:events';
import { playerPrograms, type AudioProgram } from './audio-programs.ts';
import type { PcmOutput } from './pcm-output.ts';
import { spawnFirst, stopProgram } from './spawn-first.ts';

/** Options of {@link openPlayerProgram}. */
export interface PlayerProgramOptions {
  /** Default 48,000. */
  readonly sampleRateHz?: number;
  /** Programs to try, in this order. Default: `aplay`, `paplay`, `play`. */
  readonly programs?: readonly AudioProgram[];
}

/** What may wait for a program that does not read, in bytes: beyond it, samples are dropped. */
const MAX_WAITING_BYTES = 1_048_576;

/** How long a program may take to play what it still has, in ms. */
const FINISH_MS = 2000;

/**
 * Plays over the loudspeakers by a program. What the program itself buffers is heard after it was counted.
 *
 * @throws ParleyClientError `PLAYBACK_FAILED` when no program is installed
 */
export async function openPlayerProgram(options: PlayerProgramOptions = {}): Promise<PcmOutput> {
  const programs = options.programs ?? playerPrograms(options.sampleRateHz ?? 48_000);
  const child = await spawnFirst(programs, ['pipe', 'ignore', 'ignore'], 'PLAYBACK_FAILED');
  const { stdin } = child;
  // A program that has left shows by its exit; writing to it is then of no use and no harm.
  stdin?.on('error', () => {});
  return {
    write(samples) {
      if (stdin === null || stdin.destroyed || stdin.writableLength > MAX_WAITING_BYTES) return;
      // A copy: the stream may keep it for later.
      stdin.write(Buffer.from(samples.slice().buffer));
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      stdin?.end();
      const timer = setTimeout(() => void stopProgram(child), FINISH_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}
