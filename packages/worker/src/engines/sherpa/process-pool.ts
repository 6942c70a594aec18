import { WorkerError } from '../../worker-error.ts';
import { type ModelProcess, type ModelProcessOptions, startModelProcess } from './model-process-handle.ts';

/** Options of {@link openProcessPool}. */
export interface ProcessPoolOptions extends ModelProcessOptions {
  /** At least 1. */
  readonly processes: number;
  readonly maxWaiting: number;
}

/** The processes of one model. Whoever opens it closes it. */
export class ProcessPool {
  readonly sampleRateHz: number;
  readonly speakers: number;
  readonly #options: ProcessPoolOptions;
  readonly #all = new Set<ModelProcess>();
  readonly #idle: ModelProcess[];
  /** Given a process, or nothing when the place for one is free and it must be started. */
  readonly #waiting: ((process: ModelProcess | undefined) => void)[] = [];
  /** Processes that are there or being started. */
  #places: number;
  #closed = false;

  /** Use {@link openProcessPool}. */
  constructor(options: ProcessPoolOptions, processes: readonly [ModelProcess, ...ModelProcess[]]) {
    this.#options = options;
    this.#idle = [...processes];
    this.#places = processes.length;
    for (const process of processes) this.#all.add(process);
    ({ sampleRateHz: this.sampleRateHz, speakers: this.speakers } = processes[0]);
  }

  /**
   * Runs `task` with a process for it alone, when its turn comes; in place of one that has died a new one is
   * started. Whoever is aborted while waiting gets no turn.
   *
   * @throws WorkerError `ENGINE_BUSY`, `LOAD_FAILED`, `CLOSED`, and what `task` throws
   */
  async run(signal: AbortSignal, task: (process: ModelProcess) => Promise<void>): Promise<void> {
    const given = await this.#take(signal);
    if (given === 'aborted') return;
    let process = given;
    try {
      if (process === undefined) process = await this.#start();
      await task(process);
    } finally {
      this.#giveBack(process);
    }
  }

  /** Ends all processes, at once. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const next of this.#waiting.splice(0)) next(undefined);
    await Promise.all(Array.from(this.#all, (process) => process.close()));
  }

  async #take(signal: AbortSignal): Promise<ModelProcess | undefined | 'aborted'> {
    if (signal.aborted) return 'aborted';
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.isAlive) return idle;
      this.#forget(idle);
    }
    if (this.#places < this.#options.processes) {
      this.#places += 1;
      return undefined;
    }
    if (this.#waiting.length >= this.#options.maxWaiting) {
      const message = `${this.#waiting.length} texts wait for ${this.#options.modelId} already`;
      throw new WorkerError('ENGINE_BUSY', message);
    }
    const { promise, resolve } = Promise.withResolvers<ModelProcess | undefined | 'aborted'>();
    const abandon = (): void => {
      const at = this.#waiting.indexOf(resolve);
      if (at >= 0) this.#waiting.splice(at, 1);
      resolve('aborted');
    };
    this.#waiting.push(resolve);
    signal.addEventListener('abort', abandon, { once: true });
    const given = await promise;
    signal.removeEventListener('abort', abandon);
    return given;
  }

  async #start(): Promise<ModelProcess> {
    if (this.#closed) throw new WorkerError('CLOSED', `the model ${this.#options.modelId} was unloaded`);
    const process = await startModelProcess(this.#options);
    this.#all.add(process);
    if (!this.#closed) return process;
    await process.close();
    throw new WorkerError('CLOSED', `the model ${this.#options.modelId} was unloaded`);
  }

  #giveBack(process: ModelProcess | undefined): void {
    const next = this.#waiting.shift();
    if (process?.isAlive === true) {
      if (next === undefined) this.#idle.push(process);
      else next(process);
      return;
    }
    if (process !== undefined) this.#all.delete(process);
    // The place goes to whoever waits, who starts a process in it.
    if (next === undefined) this.#places -= 1;
    else next(undefined);
  }

  #forget(process: ModelProcess): void {
    this.#all.delete(process);
    this.#places -= 1;
  }
}

/** Starts the processes of a model. @throws WorkerError `LOAD_FAILED`; none of them is then left */
export async function openProcessPool(options: ProcessPoolOptions): Promise<ProcessPool> {
  // The first alone: a model that does not load is then tried once, not in all processes.
  const first = await startModelProcess(options);
  const others = await Promise.allSettled(
    Array.from({ length: options.processes - 1 }, () => startModelProcess(options)),
  );
  const started = others.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return new ProcessPool(options, [first, ...started]);
}
