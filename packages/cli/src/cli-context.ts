import type { Readable, Writable } from 'node:stream';

/** Where a command reads, writes and says how it ended; tests give it streams of their own. */
export interface CliContext {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** Sets what the process will exit with; the command then ends by itself. */
  setExitCode(code: number): void;
}

/** The context of this process. */
export function processContext(): CliContext {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    setExitCode(code) {
      process.exitCode = code;
    },
  };
}
