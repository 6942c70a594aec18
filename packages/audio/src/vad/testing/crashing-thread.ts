import { parentPort } from 'node:worker_threads';

// The inference thread, but it dies of any message. Messages are heard while it waits for a run to begin, so
// it never dies within native code.
parentPort?.on('message', (message) => {
  throw new Error(`died of ${JSON.stringify(message)}`);
});
parentPort?.unref();
await import('../silero-thread.ts');
