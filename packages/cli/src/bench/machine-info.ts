import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import type { MachineInfo } from './bench-report.ts';

/** Describes this machine, this Node and this checkout. */
export function describeMachine(): MachineInfo {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    node: process.version,
    commit: currentCommit(),
    loadAverage: loadavg()[0] ?? 0,
  };
}

function currentCommit(): string {
  try {
    const commit = git('rev-parse', '--short=10', 'HEAD');
    return git('status', '--porcelain', '--', '*.ts') === '' ? commit : `${commit}-dirty`;
  } catch {
    return 'unknown';
  }
}

function git(...args: string[]): string {
  const cwd = import.meta.dirname;
  return execFileSync('git', args, { encoding: 'utf8', cwd, stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}
