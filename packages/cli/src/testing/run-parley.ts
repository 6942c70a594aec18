import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Options of {@link runParley}. */
export interface RunParleyOptions {
  /** Written to its standard input. Default: nothing. */
  readonly stdin?: string;
  /** Whether its standard input goes on after that, by `type` and `endInput`. Default false. */
  readonly keepsInputOpen?: boolean;
  /** The environment, beside a `PATH` on which no player is found. Default: nothing more. */
  readonly env?: Readonly<Record<string, string>>;
  /** Working directory. Default: this process's. */
  readonly cwd?: string;
  /** Whether its standard output is read from the start. Default true. */
  readonly isReading?: boolean;
}

/** What a finished command left behind. */
export interface ParleyResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A running `parley`. Who starts it waits for `result`, or disposes of it. */
export interface ParleyProcess extends AsyncDisposable {
  readonly result: Promise<ParleyResult>;
  /** Types text into its standard input. */
  type(text: string): void;
  /** Ends its standard input. */
  endInput(): void;
  kill(signal: NodeJS.Signals): void;
  /** Reads its standard output, when that was put off. */
  startReading(): void;
  /** Closes our end of its standard output, as `head` does. */
  stopReading(): void;
  /** Resolves with the match when `pattern` has appeared in its output or errors; rejects when it ends without. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
}

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

/** Runs `parley` to its end. */
export function runParley(args: readonly string[], options: RunParleyOptions = {}): Promise<ParleyResult> {
  return startParley(args, options).result;
}

/** Starts `parley` in a process of its own. */
export function startParley(args: readonly string[], options: RunParleyOptions = {}): ParleyProcess {
  const { stdin = '', cwd, isReading = true, keepsInputOpen = false } = options;
  // Without a PATH at all, systems look in their usual places.
  const env = { PATH: '/nowhere', ...options.env };
  const child = spawn(process.execPath, [MAIN, ...args], { env, cwd, stdio: 'pipe' });
  const stdout: Buffer[] = [];
  let text = '';
  const watchers = new Set<() => void>();
  const grow = (more: string): void => {
    text += more;
    for (const watch of watchers) watch();
  };
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => {
    stdout.push(bytes);
    grow(bytes.toString('latin1'));
  });
  if (!isReading) child.stdout.pause();
  child.stderr.setEncoding('utf8').on('data', (more: string) => {
    stderr += more;
    grow(more);
  });
  // The command may end before it has read all.
  child.stdin.on('error', () => undefined);
  child.stdin.write(stdin);
  if (!keepsInputOpen) child.stdin.end();
  const result = new Promise<ParleyResult>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout: Buffer.concat(stdout), stderr }));
  });

  return {
    result,
    type: (typed) => child.stdin.write(typed),
    endInput: () => child.stdin.end(),
    kill: (signal) => child.kill(signal),
    startReading: () => child.stdout.resume(),
    stopReading: () => child.stdout.destroy(),
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(text);
          if (match === null) return;
          watchers.delete(look);
          resolve(match);
        };
        watchers.add(look);
        look();
        void result.then(() => reject(new Error(`${pattern.source} never came; there was:\n${text}`)));
      }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await result;
    },
  };
}
