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

/** Whether orchestrators can find a worker by itself. */
export type RegistryState =
  /** It was told of no registry. */
  | { readonly kind: 'none' }
  | { readonly kind: 'known' }
  /** Not yet; it goes on trying. `place` and `why` are for people, without a password. */
  | { readonly kind: 'unknown'; readonly place: string; readonly why: string };

/** Options of {@link runStandaloneWorker}. */
export interface StandaloneOptions extends WorkerSurroundings {
  readonly input: WorkerInput;
  /** Told when calls are taken: it listens and the default model is warm. */
  readonly onReady?: (worker: RunningWorker, registry: RegistryState) => void;
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
    onReady?.(worker, registry?.state() ?? { kind: 'none' });
    return await Promise.race([second.promise, drainAfter(first.promise, worker, input)]);
  } finally {
    clearInterval(alive);
    registry?.close();
    signals.close();
  }
}

interface OpenRegistration {
  readonly registration: WorkerRegistration;
  state(): RegistryState;
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
    state: () => {
      const status = link.status();
      if (status.kind === 'ok') return { kind: 'known' };
      return { kind: 'unknown', place: registration.place, why: status.why };
    },
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
