import { EspeakError } from './espeak-error.ts';
import { EspeakThread, type JobListener } from './espeak-thread.ts';
import type { SpeakJob } from './thread-messages.ts';

/** Options of {@link ThreadPool}. */
export interface ThreadPoolOptions {
  /** Threads at once. */
  readonly threads: number;
  /** Jobs that may wait for a thread. */
  readonly maxQueuedJobs: number;
  /** Makes a thread; tests replace it. */
  readonly createThread?: (onDeath: (thread: EspeakThread) => void) => EspeakThread;
}

/** A job that was handed in. */
export interface JobHandle {
  /** Lets the job send one piece more. */
  grant(): void;
  /** Takes the job out of the queue, or ends it at its next piece. Its listener hears no more of it. */
  cancel(): void;
}

/**
 * Threads and the queue before them: first come, first served. A thread that died is replaced when the next
 * job needs one.
 */
export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  readonly #threads = new Set<EspeakThread>();
  readonly #queue: PooledJob[] = [];
  #closed = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  /** Starts all threads; rejects with `THREAD_DIED` when espeak cannot be loaded. */
  async warmUp(): Promise<void> {
    while (this.#threads.size < this.#options.threads) this.#addThread();
    await Promise.all([...this.#threads].map((thread) => thread.ready()));
  }

  /**
   * Queues a job. `creditPieces` pieces may be sent before its receiver grants more.
   *
   * @throws EspeakError `BUSY` or `CLOSED`
   */
  submit(job: SpeakJob, creditPieces: number, listener: JobListener): JobHandle {
    if (this.#closed) throw new EspeakError('CLOSED', 'the espeak engine is closed');
    if (this.#queue.length >= this.#options.maxQueuedJobs) {
      throw new EspeakError('BUSY', `${this.#queue.length} texts already wait for a free espeak thread`);
    }
    const pooled = new PooledJob(job, creditPieces, listener, () => this.#pump());
    this.#queue.push(pooled);
    this.#pump();
    return {
      grant: () => pooled.grant(),
      cancel: () => {
        const place = this.#queue.indexOf(pooled);
        if (place >= 0) this.#queue.splice(place, 1);
        pooled.cancel();
      },
    };
  }

  /** Ends all threads; queued and running jobs are told. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    const error = new EspeakError('CLOSED', 'the espeak engine is closed');
    for (const pooled of this.#queue.splice(0)) pooled.onDeath(error);
    await Promise.all([...this.#threads].map((thread) => thread.close()));
  }

  #pump(): void {
    while (!this.#closed && this.#queue.length > 0) {
      const thread = this.#idleThread();
      if (thread === undefined) return;
      this.#queue.shift()?.start(thread);
    }
  }

  #idleThread(): EspeakThread | undefined {
    for (const thread of this.#threads) if (thread.idle) return thread;
    return this.#threads.size < this.#options.threads ? this.#addThread() : undefined;
  }

  #addThread(): EspeakThread {
    const onDeath = (thread: EspeakThread): void => {
      this.#threads.delete(thread);
    };
    const thread = this.#options.createThread?.(onDeath) ?? new EspeakThread(onDeath);
    this.#threads.add(thread);
    return thread;
  }
}

class PooledJob implements JobListener {
  readonly #job: SpeakJob;
  readonly #creditPieces: number;
  readonly #listener: JobListener;
  readonly #onThreadFree: () => void;
  #thread: EspeakThread | undefined;
  #cancelled = false;

  constructor(job: SpeakJob, creditPieces: number, listener: JobListener, onThreadFree: () => void) {
    this.#job = job;
    this.#creditPieces = creditPieces;
    this.#listener = listener;
    this.#onThreadFree = onThreadFree;
  }

  start(thread: EspeakThread): void {
    this.#thread = thread;
    thread.speak(this.#job, this.#creditPieces, this);
  }

  grant(): void {
    this.#thread?.grant(this.#job.jobId);
  }

  cancel(): void {
    this.#cancelled = true;
    this.#thread?.stop(this.#job.jobId);
  }

  onMessage(message: Parameters<JobListener['onMessage']>[0]): void {
    if (!this.#cancelled) this.#listener.onMessage(message);
    if (message.type !== 'audio') this.#onThreadFree();
  }

  onDeath(error: EspeakError): void {
    if (!this.#cancelled) this.#listener.onDeath(error);
    this.#onThreadFree();
  }
}
