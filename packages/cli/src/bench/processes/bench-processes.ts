import { BenchProcess, type BenchProcessOptions } from './bench-process.ts';

/** The processes of one measurement, ended together. `close()` by whoever made it. */
export class BenchProcesses {
  readonly #started: BenchProcess[] = [];
  #closed = false;

  /** Starts one more; after `close()` it is ended at once. */
  start(options: BenchProcessOptions): BenchProcess {
    const started = new BenchProcess(options);
    this.#started.push(started);
    if (this.#closed) void started.close();
    return started;
  }

  /** Ends them all, last started first, and resolves once all are gone. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#started.toReversed().map((started) => started.close()));
  }

  /** Same as `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
