import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import {
  noPlayerAdvice,
  openPcmPipe,
  openPlayer,
  openWavFile,
  type SpeechOutput,
  type SpeechOutputEvents,
} from '../speech-output/index.ts';

/** What the user said about where the speech goes. */
export interface OutputChoice {
  /** Path of a WAV file, or `-` for bare samples on standard output. */
  readonly output?: string;
  /** Whether it is played too. */
  readonly play?: boolean;
}

/**
 * Checks what can be checked before anything is opened.
 *
 * @throws CliError `USAGE` when samples would go to a terminal
 */
export function checkOutputs(choice: OutputChoice, stdout: CliContext['stdout']): void {
  if (choice.output === '-' && stdout.isTTY === true) {
    throw new CliError('USAGE', 'Bare samples would only make a mess of this terminal.', {
      advice:
        'Pipe them on, as in: parley say Hello -o - | aplay -f S16_LE -r 48000. Or save a file: -o hello.wav',
    });
  }
}

/**
 * Opens where the speech goes. With nothing chosen it is played, and where nothing can play it saved as
 * `parley.wav` (or `parley-2.wav`, ...). The caller finishes or aborts them.
 *
 * @throws CliError `NO_PLAYER` or `OUTPUT_FAILED`
 */
export async function openOutputs(
  choice: OutputChoice,
  context: CliContext,
  events: SpeechOutputEvents,
): Promise<readonly SpeechOutput[]> {
  const outputs: SpeechOutput[] = [];
  const isUndecided = choice.output === undefined && choice.play !== true;
  if (choice.play === true || isUndecided) {
    const player = await openPlayer({ events });
    if (player !== undefined) outputs.push(player);
    else if (!isUndecided) throw noPlayer();
  }
  if (choice.output === '-') outputs.push(openPcmPipe({ stream: context.stdout, events }));
  else if (choice.output !== undefined) outputs.push(openWavFile({ path: choice.output, events }));
  else if (outputs.length === 0) outputs.push(openNewWavFile(events));
  return outputs;
}

function noPlayer(): CliError {
  return new CliError('NO_PLAYER', 'There is no program on this machine that can play speech.', {
    advice: `${noPlayerAdvice} Or save the speech with -o file.wav.`,
  });
}

const MAX_NAMES = 1000;

function openNewWavFile(events: SpeechOutputEvents): SpeechOutput {
  for (let i = 1; ; i += 1) {
    try {
      return openWavFile({ path: i === 1 ? 'parley.wav' : `parley-${i}.wav`, replace: false, events });
    } catch (error) {
      if (!isTaken(error) || i === MAX_NAMES) throw error;
    }
  }
}

function isTaken(error: unknown): boolean {
  if (!(error instanceof CliError)) return false;
  const { cause } = error;
  return cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
}
