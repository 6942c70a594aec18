import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ControlWord, type SileroRingMemory } from './silero-ring.ts';
import type { SileroThreadData, SileroThreadMessage } from './silero-thread.ts';
import { VadError } from './vad-error.ts';

/** Options of {@link InferenceThread}. */
export interface InferenceThreadOptions {
  readonly data: SileroThreadData;
  /** Makes the thread; tests replace it. */
  readonly createThread?: (data: SileroThreadData) => Worker;
  /** Told after each run. */
  readonly onBatch: () => void;
  /** Told once when the thread has ended without having been asked to. */
  readonly onDeath: (cause: unknown) => void;
}

/** A run takes milliseconds, loading the model a second or two on a busy machine. */
const MAX_END_MS = 5000;

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const threadUrl = new URL(`./silero-thread.${extension}`, import.meta.url);

function startThread(workerData: SileroThreadData): Worker {
  return new Worker(threadUrl, { workerData, env: {}, execArgv: [] });
}

/**
 * One run of the inference thread. It is never terminated, only asked to end: onnxruntime's binding takes
 * the whole process down when its thread is terminated within a run. Whoever makes it closes it.
 */
export class InferenceThread {
  readonly ring: SileroRingMemory;
  readonly #worker: Worker;
  readonly #ready: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #exit: Promise<unknown>;
  readonly #onDeath: (cause: unknown) => void;
  #lastError: unknown;
  /** Nobody wants to hear of it any more. */
  #dismissed = false;

  constructor({ data, createThread = startThread, onBatch, onDeath }: InferenceThreadOptions) {
    this.ring = data.ring;
    this.#onDeath = onDeath;
    // From its first moment, it is on its way into loading the model.
    Atomics.store(this.ring.control, ControlWord.busy, 1);
    this.#worker = createThread(data);
    // Whoever waits for it sees the failure; nobody waiting is no failure.
    this.#ready.promise.catch(() => undefined);
    this.#exit = once(this.#worker, 'exit').catch(() => undefined);
    this.#worker.on('message', (message: SileroThreadMessage) => {
      if (message === 'ready') this.#ready.resolve();
      else if (!this.#dismissed) onBatch();
    });
    this.#worker.on('error', (error) => {
      this.#lastError = error;
    });
    this.#worker.once('exit', (code) => this.#onExit(code));
    // Leaving the process ends its threads by force.
    process.once('exit', this.#waitUntilIdle);
  }

  /** Settles when the model is loaded; rejects with `ENGINE_UNAVAILABLE` when it cannot be. */
  ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Wakes the thread for new windows. */
  wake(): void {
    Atomics.add(this.ring.control, ControlWord.wake, 1);
    Atomics.notify(this.ring.control, ControlWord.wake);
  }

  /** Leaves a thread that hangs to itself; it ends when it comes back, and keeps no process alive. */
  abandon(): void {
    this.#dismissed = true;
    this.#askToEnd();
    this.#worker.unref();
    this.#ready.reject(new VadError('ENGINE_UNAVAILABLE', 'The inference thread hangs.'));
  }

  /** Ends the thread after the run it is in. One that does not end in 5 s is left to itself. Idempotent. */
  async close(): Promise<void> {
    this.#dismissed = true;
    this.#ready.reject(new VadError('CLOSED', 'The VAD engine is closed.'));
    this.#askToEnd();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, MAX_END_MS);
    await Promise.race([this.#exit, late]);
    clearTimeout(timer);
    this.#worker.unref();
  }

  #askToEnd(): void {
    const { control } = this.ring;
    Atomics.store(control, ControlWord.stop, 1);
    this.wake();
    Atomics.notify(control, ControlWord.rest);
  }

  readonly #waitUntilIdle = (): void => {
    this.#askToEnd();
    Atomics.wait(this.ring.control, ControlWord.busy, 1, MAX_END_MS);
  };

  #onExit(code: number): void {
    process.off('exit', this.#waitUntilIdle);
    Atomics.store(this.ring.control, ControlWord.busy, 0);
    const cause = this.#lastError ?? new Error(`the inference thread exited with code ${code}`);
    const message = 'The Silero model could not be loaded or run.';
    this.#ready.reject(new VadError('ENGINE_UNAVAILABLE', message, { cause }));
    if (!this.#dismissed) this.#onDeath(cause);
  }
}
