import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Whether to skip a test for want of programs on this machine, for `test(name, { skip }, …)`: `false` when all
 * are there, otherwise which are missing. In CI (`CI=true`) nothing is skipped: there the test is to fail.
 */
export function skipWithout(...programs: readonly string[]): string | false {
  if (/^(1|true)$/iu.test(process.env['CI'] ?? '')) return false;
  const missing = programs.filter((program) => !isOnPath(program));
  return missing.length === 0 ? false : `${missing.join(', ')} not found on this machine`;
}

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
