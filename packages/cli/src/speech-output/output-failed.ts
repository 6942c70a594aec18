import { CliError } from '../cli-error.ts';

/** What it means that speech cannot be saved in a file. */
export function outputFailed(path: string, cause: unknown): CliError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CliError('OUTPUT_FAILED', `The speech cannot be written to ${path}: ${reason}.`, {
    cause,
    advice: 'Choose another file, in a folder that exists and can be written to.',
  });
}
