import { Command, CommanderError } from 'commander';
import { benchCommand } from './bench/bench-command.ts';
import type { CliContext } from './cli-context.ts';
import { configCommand } from './commands/config.ts';
import { modelsCommand } from './commands/models.ts';
import { sayCommand } from './commands/say.ts';
import { startCommand } from './commands/start.ts';
import { talkCommand } from './commands/talk.ts';
import { transcribeCommand } from './commands/transcribe.ts';
import { workerCommand } from './commands/worker.ts';
import { workersCommand } from './commands/workers.ts';
import { ExitCode, exitCodeHelp } from './exit-code.ts';
import manifest from '../package.json' with { type: 'json' };
import { printError } from './print-error.ts';

/** All commands. A new one is a file in `commands/` and a line here. */
function createProgram(context: CliContext): Command {
  const program = new Command('parley')
    .description('Parley, a real-time voice orchestrator: start it, talk to it, look into it.')
    .version(manifest.version, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'explain a command')
    .addHelpText('after', help);
  const commands = [
    startCommand(context),
    workerCommand(context),
    workersCommand(context),
    modelsCommand(context),
    sayCommand(context),
    talkCommand(context),
    transcribeCommand(context),
    configCommand(context),
    benchCommand(context),
  ];
  for (const command of commands) program.addCommand(command);
  return program;
}

const help = `
Examples:
  parley start                     serve on http://127.0.0.1:8080
  parley say "Hello"               speak a sentence
  parley talk                      type, and hear it
  parley help say                  all about one command
${exitCodeHelp}`;

/**
 * Runs one command line; resolves when the command is done. Failures are shown and become exit codes.
 *
 * @param args without `node` and the script
 */
export async function runCli(args: readonly string[], context: CliContext): Promise<void> {
  const program = createProgram(context);
  for (const command of withSubcommands(program)) {
    command
      .exitOverride()
      .configureOutput({
        writeOut: (text) => context.stdout.write(text),
        writeErr: (text) => context.stderr.write(text),
      })
      .showHelpAfterError('(add --help to see what there is)');
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) printError(error, context);
    // Commander has shown it already; asking for help is no error.
    else if (error.exitCode !== 0) context.setExitCode(ExitCode.usage);
  }
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
