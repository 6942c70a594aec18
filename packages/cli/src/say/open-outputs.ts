import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import {
  checkWritable,
  noPlayerAdvice,
  openLateWavFile,
  openPcmPipe,
  openPlayer,
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
 * @throws CliError `USAGE` when samples would go to a terminal, `OUTPUT_FAILED` when the file cannot be made
 */
export function checkOutputs(choice: OutputChoice, stdout: CliContext['stdout']): void {
  if (choice.output === '-' && stdout.isTTY === true) {
    throw new CliError('USAGE', 'Bare samples would only make a mess of this terminal.', {
      advice:
        'Pipe them on, as in: npm run -s parley -- say Hello -o - | aplay -f S16_LE -r 48000 (-s keeps the lines ' +
        'that npm prints out of the pipe). Or save a file: -o hello.wav',
    });
  }
  if (choice.output !== undefined && choice.output !== '-') checkWritable(choice.output);
}

/**
 * Opens where the speech goes. With nothing chosen it is played, and where nothing can play it saved as
 * `parley.wav` (or `parley-2.wav`, ...). Files are made when there is something to hear. The caller finishes or
 * aborts them.
 *
 * @throws CliError `NO_PLAYER`
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
  else if (choice.output !== undefined) outputs.push(openLateWavFile({ path: choice.output, events }));
  else if (outputs.length === 0) outputs.push(openLateWavFile({ events }));
  return outputs;
}

function noPlayer(): CliError {
  return new CliError('NO_PLAYER', 'There is no program on this machine that can play speech.', {
    advice: `${noPlayerAdvice} Or save the speech with -o file.wav.`,
  });
}
