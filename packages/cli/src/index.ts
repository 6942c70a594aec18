export { type CliContext, processContext } from './cli-context.ts';
export { CliError, type CliErrorCode, type CliErrorOptions } from './cli-error.ts';
export { ExitCode } from './exit-code.ts';
export { runCli } from './program.ts';
