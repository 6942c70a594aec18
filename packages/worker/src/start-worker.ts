import { hostname } from 'node:os';
import { formatWorkerAddress, type WorkerRecord } from '@parley/worker-api';
import { type Clock, systemClock } from './clock.ts';
import type { Engine } from './engine.ts';
import { type GrpcServer, listen } from './grpc-server.ts';
import { type Logger, silentLogger } from './logger.ts';
import { ModelManager } from './models/model-manager.ts';
import type { ModelPolicy } from './models/model-manager-options.ts';
import { Registrar } from './registration/registrar.ts';
import type { WorkerRegistration } from './registration/worker-registration.ts';
import { RunTracker } from './run-tracker.ts';
import type { ServiceContext } from './service/service-context.ts';
import { SessionTable } from './service/session-table.ts';
import type { SynthesisPolicy } from './service/synthesis-run.ts';
import { createTtsService } from './service/tts-service.ts';
import { WorkerMetrics } from './service/worker-metrics.ts';
import { settlesWithin } from './settles-within.ts';
import { describeWorker } from './worker-record.ts';

/** Options of {@link startWorker}. */
export interface WorkerOptions extends SynthesisPolicy {
  /** What speaks. The worker takes it over and closes it. */
  readonly engine: Engine;
  /** Unique among the workers of a registry. */
  readonly name: string;
  /** Address to listen on; `127.0.0.1` by default. gRPC here has no authentication: trust the network. */
  readonly host?: string;
  /** Port to listen on; 0, the default, takes any free one. */
  readonly port?: number;
  /** Address told to orchestrators; `grpc://<host>:<port>` by default, with this machine's name for 0.0.0.0. */
  readonly advertisedAddr?: string;
  /** Sessions held at once; 64 by default. */
  readonly maxSessions?: number;
  /** A session unheard of for so long is ended; 600,000 ms by default, 0 means never. */
  readonly sessionIdleMs?: number;
  /** How models are loaded and unloaded. */
  readonly models?: ModelPolicy;
  /** Where the worker makes itself known; nowhere by default. */
  readonly registration?: WorkerRegistration;
  /** Life of its record without a heartbeat, which comes every third of it; 30,000 ms by default. */
  readonly registrationTtlMs?: number;
  /** Told in the record; empty by default. */
  readonly version?: string;
  readonly logger?: Logger;
  readonly clock?: Clock;
}

/** How {@link RunningWorker.drain} ended. */
export type DrainResult = 'finished' | 'timed_out';

/** A worker that takes calls. Whoever started it closes it. */
export interface RunningWorker extends AsyncDisposable {
  /** `grpc://host:port`. */
  readonly addr: string;
  readonly port: number;
  /** The worker as the registry is to see it now. */
  record(): WorkerRecord;
  /**
   * Takes no new sessions from now on and waits until nothing has been spoken for a quarter of a second, at
   * most `timeoutMs`. Close it afterwards.
   */
  drain(timeoutMs: number): Promise<DrainResult>;
  /** Ends all speech, deregisters, stops listening and frees the models. Idempotent. */
  close(): Promise<void>;
}

/**
 * Loads and warms up the default model, listens, and registers. Settles when all that is done.
 *
 * @throws WorkerError `UNKNOWN_MODEL`, `LOAD_FAILED`, `ADDRESS_IN_USE` or `CANNOT_LISTEN`
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { engine, clock = systemClock, logger = silentLogger, host = '127.0.0.1' } = options;
  const maxSessions = options.maxSessions ?? 64;
  let registrar: Registrar | undefined;
  const models = new ModelManager({
    ...options.models,
    engine,
    clock,
    logger,
    // Whoever chooses a worker, or looks what a load has done, should not have to wait for the next heartbeat.
    onResidentsChanged: () => void registrar?.beat(),
  });
  const sessions = new SessionTable({
    clock,
    maxSessions,
    idleMs: options.sessionIdleMs ?? 600_000,
    onExpired: ({ id }) => logger.info({ session_id: id }, 'silent session ended'),
  });
  const runs = new RunTracker(clock);
  let draining = false;
  const context: ServiceContext = {
    ...options,
    models,
    sessions,
    metrics: new WorkerMetrics(),
    maxSessions,
    clock,
    logger,
    isDraining: () => draining,
    onRun: (run) => runs.add(run),
  };

  const server = await open(context, host, options.port ?? 0).catch(async (error: unknown) => {
    await release(context, runs);
    throw error;
  });
  const addr = options.advertisedAddr ?? ownAddress(host, server.port);
  const identity = {
    name: options.name,
    addr,
    epoch: Math.round(clock.wallMs()),
    version: options.version ?? '',
  };
  const record = (): WorkerRecord => describeWorker(identity, context);
  const { registration, registrationTtlMs: ttlMs = 30_000 } = options;
  registrar = registration && new Registrar({ registration, record, ttlMs, clock, logger });
  server.setServing(true);
  await registrar?.start();
  logger.info({ addr, engine: engine.name, max_sessions: maxSessions }, 'worker ready');

  const shutDown = async (): Promise<void> => {
    draining = true;
    server.setServing(false);
    await registrar?.close();
    sessions.close();
    await server.close();
    await release(context, runs);
  };
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= shutDown());
  return {
    addr,
    port: server.port,
    record,
    async drain(timeoutMs) {
      draining = true;
      server.setServing(false);
      await registrar?.beat();
      return (await runs.quiet(QUIET_MS, timeoutMs)) ? 'finished' : 'timed_out';
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Between two texts of an utterance nothing is being spoken for a moment. */
const QUIET_MS = 250;
/** An engine that heeds neither abort nor unload must not keep the process. */
const RELEASE_TIMEOUT_MS = 3000;

async function open(context: ServiceContext, host: string, port: number): Promise<GrpcServer> {
  await context.models.start();
  return listen({ host, port, service: createTtsService(context), clock: context.clock });
}

async function release(
  { sessions, models, engine, clock, logger }: ServiceContext,
  runs: RunTracker,
): Promise<void> {
  sessions.close();
  await runs.allEnded(RELEASE_TIMEOUT_MS);
  const unloaded = await settlesWithin(models.close(), RELEASE_TIMEOUT_MS, clock);
  const closed = await settlesWithin(engine.close(), RELEASE_TIMEOUT_MS, clock);
  if (!unloaded || !closed)
    logger.warn({ engine: engine.name }, 'the engine did not let go of its models in time');
}

function ownAddress(host: string, port: number): string {
  const isAny = host === '0.0.0.0' || host === '::' || host === '';
  return formatWorkerAddress({ host: isAny ? hostname() : host, port, secure: false });
}
