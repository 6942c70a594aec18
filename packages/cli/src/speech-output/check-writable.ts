import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { CliError } from '../cli-error.ts';
import { outputFailed } from './output-failed.ts';

/**
 * Checks that a file can be made or replaced, before there is anything to put in it. Nothing is opened.
 *
 * @throws CliError `OUTPUT_FAILED`
 */
export function checkWritable(path: string): void {
  const problem = problemWith(path);
  if (problem !== undefined) throw problem;
}

function problemWith(path: string): CliError | undefined {
  const folder = dirname(resolve(path));
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) return outputFailed(path, new Error('it is a folder'));
    if (found !== undefined) accessSync(path, constants.W_OK);
    else if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true)
      accessSync(folder, constants.W_OK | constants.X_OK);
    else return outputFailed(path, new Error(`there is no folder ${folder}`));
    return undefined;
  } catch (error) {
    return outputFailed(path, error);
  }
}
