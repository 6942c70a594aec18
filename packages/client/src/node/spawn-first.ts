import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import type { ClientErrorCode } from '../client-error.ts';
import { ParleyClientError } from '../client-error.ts';
import type { AudioProgram } from './audio-programs.ts';

/**
 * Starts the first of the programs that is installed.
 *
 * @throws ParleyClientError with `code` when none is, or when it cannot be started
 */
export async function spawnFirst(
  programs: readonly AudioProgram[],
  stdio: StdioOptions,
  code: ClientErrorCode,
): Promise<ChildProcess> {
  for (const { command, args } of programs) {
    const child = spawn(command, args, { stdio });
    try {
      await once(child, 'spawn');
      return child;
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!isMissing) throw new ParleyClientError(code, `${command} could not be started.`, { cause: error });
    }
  }
  const names = programs.map(({ command }) => command).join(', ');
  throw new ParleyClientError(code, `None of these programs is installed: ${names}.`);
}

/** Asks a program to leave, and resolves when it has; makes it leave when it does not. Idempotent. */
export async function stopProgram(child: ChildProcess, patienceMs = 2000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await exited;
  clearTimeout(timer);
}
