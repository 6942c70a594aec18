import { createToneEngine } from '../engines/tone/tone-engine.ts';
import { systemClock } from '../clock.ts';
import { type RunningWorker, startWorker, type WorkerOptions } from '../start-worker.ts';
import { TestClient } from './test-client.ts';

/** A worker in this process and a client of it. */
export interface TestWorker extends AsyncDisposable {
  readonly worker: RunningWorker;
  readonly client: TestClient;
}

/** Starts a worker on a free port: the tone engine at full speed unless told otherwise. */
export async function startTestWorker(
  options: Partial<WorkerOptions> & { readonly tone?: Readonly<Record<string, unknown>> } = {},
): Promise<TestWorker> {
  const engine =
    options.engine ??
    createToneEngine({ clock: systemClock, options: options.tone ?? {}, exit: () => undefined });
  const worker = await startWorker({ name: 'test', ...options, engine });
  const client = new TestClient(worker.port);
  return {
    worker,
    client,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await worker.close();
    },
  };
}
