// What a process needs that runs a worker in another process; loads nothing of the worker itself.
export { parseEmbeddedWorkerMessage } from './process/ipc-messages.ts';
export type { EmbeddedWorkerCommand, EmbeddedWorkerMessage } from './process/ipc-messages.ts';
export { workerProcessUrl } from './process/worker-process-url.ts';
