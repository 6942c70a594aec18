import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Options of {@link startServer}. */
export interface StartServerOptions {
  /** YAML of the configuration. Default: nothing but the `engine`. */
  readonly config?: string;
  /** Engine of the embedded worker; `none` for no such worker. Default `tone`. */
  readonly engine?: string;
  /** Further arguments of `parley start`, such as `['--set', 'session.text_flush_ms=50']`. */
  readonly args?: readonly string[];
  /** The whole environment of the server. Default: empty. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * What is done with processes of its group that outlive it: `kill`, the default, or `leave`, for those who want to
   * see whether there are any, and end them.
   */
  readonly outliving?: 'kill' | 'leave';
  /** How long it may take until it is ready, in milliseconds. Default 20,000. */
  readonly readyTimeoutMs?: number;
}

/** How a process ended. */
export interface ProcessExit {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server in a process of its own. Who starts it stops it; `await using` does so too. */
export interface ServerProcess extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  /** `ws://127.0.0.1:<port>`, without a slash at the end. */
  readonly wsUrl: string;
  readonly pid: number;
  /** Settles when the process has ended. */
  readonly exited: Promise<ProcessExit>;
  /** Everything it has written to standard output: its log, as JSON lines. */
  stdout(): string;
  /** Everything it has written to standard error. */
  stderr(): string;
  /** Sends a signal to the server, or to its whole process group as a terminal does. */
  kill(signal: NodeJS.Signals, to?: 'server' | 'group'): void;
  /** Asks it to end with SIGTERM, and kills it and its workers when it takes too long. Idempotent. */
  stop(): Promise<ProcessExit>;
}

const MAIN = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
/** Longer than the default `graceful_shutdown_timeout_s`. */
const STOP_TIMEOUT_MS = 15_000;

/**
 * Runs `parley start` on a free port of 127.0.0.1 and waits until it is ready.
 *
 * @throws Error with all it has written when it ends, or is not ready in time
 */
export async function startServer(options: StartServerOptions = {}): Promise<ServerProcess> {
  const { config = '', engine = 'tone', args = [], env = {}, readyTimeoutMs = 20_000 } = options;
  const { outliving = 'kill' } = options;
  const folder = mkdtempSync(join(tmpdir(), 'parley-server-'));
  const file = join(folder, 'orchestrator.yaml');
  writeFileSync(file, config);
  const engineArgs = engine === 'none' ? [] : ['--engine', engine];
  const listen = ['--host', '127.0.0.1', '--port', '0'];
  const child = spawn(
    process.execPath,
    [MAIN, 'start', '--config', file, ...engineArgs, ...listen, ...args],
    {
      // A group of its own, so that its workers can be ended with it even when it cannot do so itself.
      detached: true,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  await once(child, 'spawn');
  const pid = child.pid ?? 0;

  const killGroup = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal);
    } catch {
      // Nobody is left in it.
    }
  };
  const killAtExit = (): void => killGroup('SIGKILL');
  process.once('exit', killAtExit);
  child.once('exit', () => {
    if (outliving === 'kill') killGroup('SIGKILL');
  });
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('close', (code, signal) => {
      process.off('exit', killAtExit);
      rmSync(folder, { recursive: true, force: true });
      resolve({ code, signal });
    });
  });

  const stop = async (): Promise<ProcessExit> => {
    child.kill('SIGTERM');
    const cut = setTimeout(() => killGroup('SIGKILL'), STOP_TIMEOUT_MS);
    const exit = await exited;
    clearTimeout(cut);
    return exit;
  };

  const { promise: ready, resolve, reject } = Promise.withResolvers<string>();
  const explain = (what: string): Error =>
    new Error(`The server ${what}.\n--- stdout\n${output.stdout}\n--- stderr\n${output.stderr}`);
  const late = setTimeout(() => reject(explain(`was not ready within ${readyTimeoutMs} ms`)), readyTimeoutMs);
  const findUrl = (): void => {
    const [, wsUrl] = /(ws:\/\/127\.0\.0\.1:\d+)/u.exec(output.stderr) ?? [];
    if (wsUrl !== undefined) resolve(wsUrl);
  };
  child.stderr.on('data', findUrl);
  void exited.then((exit) => reject(explain(`ended with ${exit.signal ?? exit.code} before it was ready`)));
  try {
    const wsUrl = await ready;
    return {
      url: wsUrl.replace('ws:', 'http:'),
      wsUrl,
      pid,
      exited,
      stdout: () => output.stdout,
      stderr: () => output.stderr,
      kill: (signal, to = 'server') => (to === 'group' ? killGroup(signal) : void child.kill(signal)),
      stop,
      async [Symbol.asyncDispose]() {
        await stop();
      },
    };
  } catch (error) {
    killGroup('SIGKILL');
    await exited;
    throw error;
  } finally {
    clearTimeout(late);
    child.stderr.off('data', findUrl);
  }
}
