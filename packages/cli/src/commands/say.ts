import { Command } from 'commander';
import { watchSignals } from '@parley/worker/signals';
import type { CliContext } from '../cli-context.ts';
import { ExitCode } from '../exit-code.ts';
import { printError } from '../print-error.ts';
import { checkOutputs, type OutputChoice, type SayOutcome, SayRun, textSource } from '../say/index.ts';
import { addSessionOptions, type SessionCommandOptions, urlOf } from './session-options.ts';

interface SayOptions extends SessionCommandOptions, OutputChoice {
  readonly quiet?: boolean;
}

/** `parley say`: speaks a text into a file, a pipe or a loudspeaker. */
export function sayCommand(context: CliContext): Command {
  const command = new Command('say')
    .description('Speak a text: play it, save it as WAV, or pipe it on.')
    .argument('[text]', 'what to say; - or a pipe reads it from standard input, as it comes');
  addSessionOptions(command)
    .option(
      '-o, --output <file>',
      'save as WAV (48 kHz, mono); - writes bare s16le samples to standard output',
    )
    .option('-p, --play', 'play it, also when it is saved')
    .option('-q, --quiet', 'say nothing about it unless it fails')
    .addHelpText('after', help)
    .action((text: string | undefined, options: SayOptions) => say(context, text, options));
  return command;
}

const help = `
Without -o and --play it is played, or saved as parley.wav where nothing can play.
Ctrl-C ends it; what has been saved by then is a whole WAV file. No file is made, or replaced, before there
is something to hear.
Before a pipe, run it as "npm run -s parley -- say ...": without -s, npm prints lines of its own into it.

Examples:
  parley say "Hello"
  parley say "Guten Tag" --language de -o tag.wav
  parley say - --play < chapter.txt
  parley say "Hello" -o - | aplay -f S16_LE -r 48000`;

async function say(context: CliContext, text: string | undefined, options: SayOptions): Promise<void> {
  const url = urlOf(options);
  const source = textSource(text, context.stdin);
  checkOutputs(options, context.stdout);
  const run = new SayRun({ context, url, source, choice: options });
  const signals = watchSignals((signal) => run.interrupt(signal));
  try {
    const outcome = await run.speak();
    conclude(context, run, outcome, options.quiet === true);
  } finally {
    signals.close();
  }
}

function conclude(context: CliContext, run: SayRun, outcome: SayOutcome, isQuiet: boolean): void {
  const report = (line: string): void => {
    if (!isQuiet) context.stderr.write(`${line}\n`);
  };
  const { meter } = run;
  const where = run.outputNames.map((name) => (name.endsWith('.wav') ? name : `(${name})`)).join(' ');
  if (meter.missingFrames > 0) {
    context.stderr.write(
      `parley: ${meter.missingFrames} frames of audio are missing: the server skipped them.\n`,
    );
  }
  switch (outcome.kind) {
    case 'spoken':
      if (meter.audioMs === 0) report('There was nothing in that text that can be spoken.');
      else report(`${meter.summary()}: ${where}`);
      return;
    case 'signal':
      report(
        meter.audioMs === 0
          ? 'Stopped before there was any speech.'
          : `Stopped: ${meter.summary()}: ${where}`,
      );
      context.setExitCode(outcome.signal === 'SIGINT' ? ExitCode.interrupted : ExitCode.terminated);
      return;
    case 'failed':
      if (meter.audioMs > 0) report(`Cut off: ${meter.summary()}: ${where}`);
      printError(outcome.error, context);
      return;
    case 'reader_gone':
      return;
    default:
      outcome satisfies never;
  }
}
