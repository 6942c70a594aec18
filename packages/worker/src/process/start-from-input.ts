import { hostname } from 'node:os';
import manifest from '../../package.json' with { type: 'json' };
import { systemClock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { WorkerRegistration } from '../registration/worker-registration.ts';
import { type RunningWorker, startWorker } from '../start-worker.ts';
import { createEngine } from './create-engine.ts';
import type { WorkerInput } from './worker-input.ts';

/** What a worker process adds to what it was told. */
export interface WorkerSurroundings {
  readonly logger: Logger;
  readonly registration?: WorkerRegistration;
}

/**
 * Starts the worker that `input` describes. The caller closes it.
 *
 * @throws WorkerError as `startWorker`, and `BAD_OPTIONS`
 */
export async function startFromInput(
  input: WorkerInput,
  { logger, registration }: WorkerSurroundings,
): Promise<RunningWorker> {
  const clock = systemClock;
  const engine = await createEngine(input, clock);
  return startWorker({
    engine,
    // With the machine in it: in containers all processes have the same id.
    name: input.name ?? `${input.engine}-${hostname()}-${process.pid}`,
    host: input.host,
    port: input.port,
    ...(input.advertise === undefined ? {} : { advertisedAddr: input.advertise }),
    maxSessions: input.maxSessions,
    sessionIdleMs: input.sessionIdleSeconds * 1000,
    models: {
      ...(input.defaultModel === undefined ? {} : { defaultModelId: input.defaultModel }),
      preload: input.preload,
      idleTtlMs: input.modelTtlSeconds * 1000,
      minResidencyMs: input.modelMinResidencySeconds * 1000,
      maxResident: input.maxResidentModels,
      maxParallelLoads: input.maxParallelLoads,
    },
    frameMs: input.frameMs,
    finalFrame: input.finalFrame,
    maxTextLength: input.maxTextLength,
    ...(registration === undefined ? {} : { registration }),
    registrationTtlMs: input.registrationTtlSeconds * 1000,
    version: manifest.version,
    logger,
    clock,
  });
}
