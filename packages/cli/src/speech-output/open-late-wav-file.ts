import { CliError } from '../cli-error.ts';
import { openWavFile } from './open-wav-file.ts';
import type { SpeechOutput, SpeechOutputEvents } from './speech-output.ts';

/** Options of {@link openLateWavFile}. */
export interface LateWavFileOptions {
  /** Path of the file, which is replaced; absent: `parley.wav`, or `parley-2.wav`, ... where that is taken. */
  readonly path?: string;
  readonly events: Pick<SpeechOutputEvents, 'onBroken'>;
}

const MAX_NAMES = 1000;

/**
 * Saves speech in a WAV file that is made, or replaced, only when the first samples come: speech that fails before
 * that, or that holds nothing to hear, costs nobody a file. That it cannot be made is told by `onBroken`.
 */
export function openLateWavFile({ path, events }: LateWavFileOptions): SpeechOutput {
  let file: SpeechOutput | undefined;
  let isOver = false;

  return {
    get name() {
      return file?.name ?? path ?? nameOf(1);
    },
    backlogBytes: 0,
    write(pcm) {
      if (isOver) return;
      try {
        file ??= path === undefined ? openNew(events) : openWavFile({ path, events });
      } catch (error) {
        isOver = true;
        if (!(error instanceof CliError)) throw error;
        events.onBroken(error);
        return;
      }
      file.write(pcm);
    },
    async finish() {
      isOver = true;
      await file?.finish();
    },
    async abort() {
      isOver = true;
      await file?.abort();
    },
  };
}

function openNew(events: LateWavFileOptions['events']): SpeechOutput {
  for (let i = 1; ; i += 1) {
    try {
      return openWavFile({ path: nameOf(i), replace: false, events });
    } catch (error) {
      if (!isTaken(error) || i === MAX_NAMES) throw error;
    }
  }
}

function nameOf(i: number): string {
  return i === 1 ? 'parley.wav' : `parley-${i}.wav`;
}

function isTaken(error: unknown): boolean {
  if (!(error instanceof CliError)) return false;
  const { cause } = error;
  return cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
}
