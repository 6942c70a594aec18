import { connectRedis, RedisError, type RedisLink } from '@parley/worker-api';
import { systemClock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { RedisRegistration } from '../registration/redis/redis-registration.ts';
import type { WorkerRegistration } from '../registration/worker-registration.ts';
import type { RunningWorker } from '../start-worker.ts';
import { startFromInput, type WorkerSurroundings } from './start-from-input.ts';
import { WorkerError } from '../worker-error.ts';
import { watchSignals } from './watch-signals.ts';
import type { WorkerInput } from './worker-input.ts';

/** Options of {@link runStandaloneWorker}. */
export interface StandaloneOptions extends WorkerSurroundings {
  readonly input: WorkerInput;
  /** Told when calls are taken: it listens and the default model is warm. */
  readonly onReady?: (worker: RunningWorker) => void;
}

/**
 * Runs a worker until SIGTERM or SIGINT: the first drains it, a second ends it at once. Settles with the
 * exit code: 0 after a drain, 130 or 143 when ended at once; the caller exits the process with it.
 *
 * @throws WorkerError when it cannot start
 */
export async function runStandaloneWorker({
  input,
  onReady,
  ...surroundings
}: StandaloneOptions): Promise<number> {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<number>();
  let asked = false;
  const registry = openRegistration(input, surroundings.logger);
  const signals = watchSignals((signal) => {
    if (asked) second.resolve(signal === 'SIGINT' ? 130 : 143);
    asked = true;
    first.resolve();
  });
  // The process must live as long as nobody asked it to end, whatever the sockets do.
  const alive = setInterval(() => undefined, 2 ** 30);
  try {
    const starting = startFromInput(input, { ...surroundings, ...registry });
    const worker = await Promise.race([starting, second.promise]);
    if (typeof worker === 'number') return worker;
    onReady?.(worker);
    return await Promise.race([second.promise, drainAfter(first.promise, worker, input)]);
  } finally {
    clearInterval(alive);
    registry?.close();
    signals.close();
  }
}

interface OpenRegistration {
  readonly registration: WorkerRegistration;
  close(): void;
}

/** The registry that the worker enters itself in, if it was told of one. */
function openRegistration(
  { redisKeyPrefix, redisUrl, registrationTtlSeconds }: WorkerInput,
  logger: Logger,
): OpenRegistration | undefined {
  if (redisUrl === undefined) return undefined;
  const clock = systemClock;
  const link = connect(redisUrl, logger);
  const ttlMs = registrationTtlSeconds * 1000;
  const registration = new RedisRegistration({ link, clock, logger, keyPrefix: redisKeyPrefix, ttlMs });
  return {
    registration,
    close: () => {
      registration.close();
      link.close();
    },
  };
}

function connect(url: string, logger: Logger): RedisLink {
  try {
    return connectRedis({ url, clientName: 'parley-worker', clock: systemClock, logger });
  } catch (cause) {
    if (!(cause instanceof RedisError)) throw cause;
    throw new WorkerError('BAD_OPTIONS', `redisUrl: ${cause.message}`, { cause });
  }
}

async function drainAfter(asked: Promise<void>, worker: RunningWorker, input: WorkerInput): Promise<number> {
  await asked;
  await worker.drain(input.drainTimeoutSeconds * 1000);
  await worker.close();
  return 0;
}
