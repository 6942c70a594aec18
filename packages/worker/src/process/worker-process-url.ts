const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/**
 * The module to run as a worker process, with one argument: a `WorkerInput` as JSON. With
 * `child_process.fork` it is an embedded worker, which talks by `EmbeddedWorkerMessage` and obeys
 * `EmbeddedWorkerCommand`.
 */
export const workerProcessUrl: URL = new URL(`./worker-process.${extension}`, import.meta.url);
