import type { CliContext } from './cli-context.ts';
import { CliError } from './cli-error.ts';
import { ExitCode } from './exit-code.ts';

/** Shows a failure on standard error and sets the exit code that goes with it. */
export function printError(error: unknown, context: CliContext): void {
  if (error instanceof CliError) {
    const advice = error.advice === undefined ? '' : `${error.advice}\n`;
    context.stderr.write(`parley: ${printable(error.message)}\n${printable(advice)}`);
    context.setExitCode(error.exitCode);
    return;
  }
  // Not foreseen: whoever reports it will need the stack.
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  context.stderr.write(`parley: this should not have happened. Please report it:\n${details}\n`);
  context.setExitCode(ExitCode.failure);
}

/** Text of servers and workers must not steer the terminal. */
function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]/gu, '\u{FFFD}');
}
