import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from './free-port.ts';
import { makeTestCertificate, type TestCertificate } from './test-certificate.ts';

/** Options of {@link startRedisServer}. */
export interface RedisServerOptions {
  /** Password of the user `default`. Default: none is asked for. */
  readonly password?: string;
  /** One more user, who may do everything. Default none. */
  readonly user?: { readonly name: string; readonly password: string };
  /** Speaks TLS only, with a certificate that signed itself. Default false. */
  readonly tls?: boolean;
  /** Further arguments of `redis-server`, such as `['--maxmemory', '10mb']`. */
  readonly args?: readonly string[];
}

/** A real Redis in a process of its own, which stores nothing on disk. Who starts it stops it. */
export interface RedisServer extends AsyncDisposable {
  /** The same over restarts. */
  readonly port: number;
  /** `redis://` or `rediss://` address with user and password, as given in the options. */
  readonly url: string;
  /** With `tls`: the certificate to trust, PEM. */
  readonly caPem: string | undefined;
  /** Everything the processes have written so far. */
  log(): string;
  /** Ends it at once (SIGKILL) and waits until it is gone. Everything in it is lost. */
  kill(): Promise<void>;
  /** Freezes it (SIGSTOP): connections stay, nothing answers. */
  pause(): void;
  /** Ends a freeze (SIGCONT). */
  resume(): void;
  /** Starts it again, empty, on the same port, after `kill`. */
  restart(): Promise<void>;
  /** Ends it for good and removes its files. Idempotent. */
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 20_000;

/**
 * Starts `redis-server` on a free port of 127.0.0.1 and waits until it takes connections.
 *
 * @throws Error with all it has written when it does not start; see `skipWithout` for machines without it
 */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-redis-'));
  const certificate = options.tls === true ? await makeTestCertificate(folder) : undefined;
  let output = '';
  let child: ChildProcess | undefined;

  const killAtExit = (): void => void child?.kill('SIGKILL');
  process.once('exit', killAtExit);

  const argumentsFor = (port: number): string[] => {
    const quiet = ['--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'];
    const { password, user, args = [] } = options;
    return [
      ...listenArguments(port, certificate),
      ...quiet,
      ...(password === undefined ? [] : ['--requirepass', password]),
      ...(user === undefined ? [] : ['--user', user.name, 'on', `>${user.password}`, '~*', '&*', '+@all']),
      ...args,
    ];
  };

  const launch = async (port: number): Promise<void> => {
    const from = output.length;
    const started = spawn('redis-server', argumentsFor(port), { stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
    const read = (text: string): void => {
      output += text;
      if (output.includes('Ready to accept connections', from)) resolve();
    };
    started.stdout.setEncoding('utf8').on('data', read);
    started.stderr.setEncoding('utf8').on('data', read);
    started.once('error', reject);
    started.once('close', () => reject(new Error(`redis-server ended before it was ready:\n${output}`)));
    const late = setTimeout(
      () => reject(new Error(`redis-server was not ready within ${READY_TIMEOUT_MS} ms:\n${output}`)),
      READY_TIMEOUT_MS,
    );
    try {
      await ready;
    } catch (error) {
      await kill();
      throw error;
    } finally {
      clearTimeout(late);
    }
  };

  const kill = async (): Promise<void> => {
    const running = child;
    if (running?.pid === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, 'exit');
    running.kill('SIGKILL');
    await gone;
  };

  const stop = async (): Promise<void> => {
    await kill();
    process.off('exit', killAtExit);
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    const port = await launchOnFreePort(launch);
    return {
      port,
      url: addressOf(port, options),
      caPem: certificate === undefined ? undefined : readFileSync(certificate.certFile, 'utf8'),
      log: () => output,
      kill,
      pause: () => void child?.kill('SIGSTOP'),
      resume: () => void child?.kill('SIGCONT'),
      restart: () => launch(port),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function listenArguments(port: number, certificate: TestCertificate | undefined): string[] {
  if (certificate === undefined) return ['--port', `${port}`];
  const { certFile, keyFile } = certificate;
  const listen = ['--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'no'];
  return listen.concat(
    '--tls-cert-file',
    certFile,
    '--tls-key-file',
    keyFile,
    '--tls-ca-cert-file',
    certFile,
  );
}

/** Between finding a free port and using it somebody else may take it. */
async function launchOnFreePort(launch: (port: number) => Promise<void>): Promise<number> {
  for (let attemptsLeft = 5; ; attemptsLeft -= 1) {
    const port = await findFreePort();
    try {
      await launch(port);
      return port;
    } catch (error) {
      if (attemptsLeft === 0 || !/in use/iu.test(String(error))) throw error;
    }
  }
}

function addressOf(port: number, { password, user, tls }: RedisServerOptions): string {
  const scheme = tls === true ? 'rediss' : 'redis';
  const login =
    user !== undefined
      ? `${encodeURIComponent(user.name)}:${encodeURIComponent(user.password)}@`
      : password !== undefined
        ? `:${encodeURIComponent(password)}@`
        : '';
  return `${scheme}://${login}127.0.0.1:${port}`;
}
