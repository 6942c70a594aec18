import { Worker } from 'node:worker_threads';
import { EspeakError } from './espeak-error.ts';
import { CONTROL_BYTES, ControlSlot, type SpeakJob, type ThreadMessage } from './thread-messages.ts';

/** What a thread tells about the job it was given. */
export interface JobListener {
  onMessage(message: Exclude<ThreadMessage, { type: 'ready' }>): void;
  /** The thread died; the job will say nothing more. */
  onDeath(error: EspeakError): void;
}

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const threadUrl = new URL(`./synth-thread.${extension}`, import.meta.url);

/** One synthesis thread: speaks one job at a time. Whoever makes it closes it. */
export class EspeakThread {
  readonly #worker: Worker;
  readonly #control: Int32Array = new Int32Array(new SharedArrayBuffer(CONTROL_BYTES));
  readonly #ready: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #onDeath: (thread: EspeakThread) => void;
  #job: { readonly id: number; readonly listener: JobListener } | undefined;
  #dead = false;

  /** @param onDeath called once when the thread has ended, for whatever reason */
  constructor(onDeath: (thread: EspeakThread) => void) {
    this.#onDeath = onDeath;
    this.#worker = new Worker(threadUrl, { workerData: this.#control, env: {}, execArgv: [] });
    this.#worker.on('message', (message: ThreadMessage) => this.#receive(message));
    this.#worker.on('error', (error) => this.#die(error));
    this.#worker.on('messageerror', (error) => this.#die(error));
    this.#worker.on('exit', (code) => this.#die(new Error(`the thread exited with code ${code}`)));
    // Whoever waits for it sees the failure; nobody waiting is no failure.
    this.#ready.promise.catch(() => undefined);
  }

  /** Settles once espeak is loaded; rejects with `THREAD_DIED` when it cannot be. */
  ready(): Promise<void> {
    return this.#ready.promise;
  }

  get idle(): boolean {
    return this.#job === undefined && !this.#dead;
  }

  /** Starts a job on an idle thread. `creditPieces` pieces may be sent before {@link grant} gives more. */
  speak(job: SpeakJob, creditPieces: number, listener: JobListener): void {
    this.#job = { id: job.jobId, listener };
    Atomics.store(this.#control, ControlSlot.credit, creditPieces);
    this.#worker.postMessage(job);
  }

  /** Lets the running job send one piece more. */
  grant(jobId: number): void {
    if (this.#job?.id === jobId) Atomics.add(this.#control, ControlSlot.credit, 1);
  }

  /** Ends a job at its next piece; its `done` message still comes. */
  stop(jobId: number): void {
    if (this.#job?.id === jobId) Atomics.store(this.#control, ControlSlot.stopJob, jobId);
  }

  /** Ends the thread at once. A running job is told. Idempotent. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #receive(message: ThreadMessage): void {
    if (message.type === 'ready') {
      this.#ready.resolve();
      return;
    }
    const job = this.#job;
    if (job?.id !== message.jobId) return;
    if (message.type !== 'audio') this.#job = undefined;
    job.listener.onMessage(message);
  }

  #die(cause: unknown): void {
    if (this.#dead) return;
    this.#dead = true;
    const error = new EspeakError('THREAD_DIED', 'the espeak thread died', { cause });
    this.#ready.reject(error);
    const job = this.#job;
    this.#job = undefined;
    this.#onDeath(this);
    job?.listener.onDeath(error);
  }
}
