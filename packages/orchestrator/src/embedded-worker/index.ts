export { startEmbeddedWorker, type EmbeddedWorker, type EmbeddedWorkerOptions } from './embedded-worker.ts';
