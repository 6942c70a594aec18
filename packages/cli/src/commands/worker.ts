import { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
export function workerCommand(_context: CliContext): Command {
  return new Command('worker').description('TODO');
}
