export type { SpeechFailureReason, SpeechMetrics } from './speech-metrics.ts';
export { noSpeechMetrics } from './speech-metrics.ts';
export { createWorkerPool, type GrpcWorkerPool, type WorkerPoolOptions } from './worker-pool.ts';
