export type { Clock, Timer } from './clock.ts';
export { systemClock } from './clock.ts';
export type {
  AudioSink,
  Engine,
  EngineAbilities,
  EngineMark,
  EngineModel,
  LoadedModel,
  SessionOptions,
  SynthesisRequest,
} from './engine.ts';
export { countedSample, countedSeed } from './engines/tone/counted-samples.ts';
export { createToneEngine } from './engines/tone/tone-engine.ts';
export type { ToneEngineOptions } from './engines/tone/tone-engine.ts';
export { ToneFault } from './engines/tone/tone-options.ts';
export type { ToneOptions } from './engines/tone/tone-options.ts';
export type { Logger } from './logger.ts';
export type { ModelPolicy } from './models/model-manager-options.ts';
export { RedisRegistration, type RedisRegistrationOptions } from './registration/redis/redis-registration.ts';
export type { WorkerRegistration } from './registration/worker-registration.ts';
export type { SynthesisPolicy } from './service/synthesis-run.ts';
export { startWorker } from './start-worker.ts';
export type { DrainResult, RunningWorker, WorkerOptions } from './start-worker.ts';
export { WorkerError } from './worker-error.ts';
export type { WorkerErrorCode } from './worker-error.ts';
export { createWorkerLogger } from './process/worker-logger.ts';
export { parseEmbeddedWorkerMessage } from './process/ipc-messages.ts';
export type { EmbeddedWorkerCommand, EmbeddedWorkerMessage } from './process/ipc-messages.ts';
export { runStandaloneWorker } from './process/run-standalone.ts';
export type { RegistryState, StandaloneOptions } from './process/run-standalone.ts';
export { startFromInput } from './process/start-from-input.ts';
export type { WorkerSurroundings } from './process/start-from-input.ts';
export { parseWorkerInput } from './process/worker-input.ts';
export type { WorkerInput, WorkerInputResult } from './process/worker-input.ts';
export { workerProcessUrl } from './process/worker-process-url.ts';
