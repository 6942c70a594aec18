import { Command, Option } from 'commander';
import { watchSignals } from '@parley/worker/signals';
import type { CliContext } from '../cli-context.ts';
import { ExitCode } from '../exit-code.ts';
import { printError } from '../print-error.ts';
import { checkWritable } from '../speech-output/index.ts';
import { type MicrophoneChoice, TalkRun } from '../talk/index.ts';
import { addSessionOptions, type SessionCommandOptions, urlOf } from './session-options.ts';

interface TalkOptions extends SessionCommandOptions {
  readonly record?: string;
  readonly mic?: boolean;
  readonly micFile?: string;
}

/** `parley talk`: an interactive session in text mode. */
export function talkCommand(context: CliContext): Command {
  const command = new Command('talk').description(
    'Type or say sentences and hear the answer, in one session.',
  );
  addSessionOptions(command)
    .option('-r, --record <file>', 'save the speech as WAV instead of playing it')
    .addOption(new Option('--mic', 'listen to the microphone of this machine').conflicts('micFile'))
    .option('--mic-file <file>', 'listen to a WAV file as if someone spoke it now')
    .addHelpText('after', help)
    .action((options: TalkOptions) => talk(context, options));
  return command;
}

const help = `
While it speaks: /pause, /resume, /stop, /quit, /help. Ctrl-C stops the speech, twice leaves.
Lines may also come from a pipe; it then leaves when the last one has been spoken, and a --mic-file is at its end.
Your voice interrupts the speech: use headphones with --mic, or it hears itself.

Examples:
  parley talk
  parley talk --mic
  echo 'A long story.' | parley talk --mic-file interruption.wav --record heard.wav
  parley talk --model espeak-en-gb --voice f2 --record talk.wav
  printf 'One.\\nTwo.\\n' | parley talk --record two.wav`;

async function talk(context: CliContext, options: TalkOptions): Promise<void> {
  const { record } = options;
  if (record !== undefined) checkWritable(record);
  const run = new TalkRun({
    context,
    url: urlOf(options),
    microphone: microphoneOf(options),
    ...(record !== undefined && { record }),
  });
  const signals = watchSignals((signal) => {
    if (signal === 'SIGTERM') {
      context.setExitCode(ExitCode.terminated);
      run.terminate();
    } else {
      run.interrupt();
    }
  });
  try {
    const outcome = await run.talk();
    if (outcome.kind === 'failed') printError(outcome.error, context);
    else if (record !== undefined && !run.hasRecorded) {
      context.stdout.write(`Nothing was spoken, so that nothing is saved in ${record}.\n`);
    }
    if (outcome.kind === 'interrupted') context.setExitCode(ExitCode.interrupted);
  } finally {
    signals.close();
  }
}

function microphoneOf({ mic, micFile }: TalkOptions): MicrophoneChoice {
  if (micFile !== undefined) return { kind: 'file', path: micFile };
  return mic === true ? { kind: 'device' } : { kind: 'none' };
}
