import { workerProcessUrl, type EmbeddedWorkerMessage } from '@parley/worker/embedded';
import { ParleyError } from '../parley-error.ts';
import type { WorkerAnnouncements } from '../registry/index.ts';
import type { Clock, Timer } from '../session/ports/clock.ts';
import type { Logger } from '../session/ports/logger.ts';
import { WorkerChild } from './worker-child.ts';

/** Options of {@link startEmbeddedWorker}. */
export interface EmbeddedWorkerOptions {
  /** Where the worker is made known. */
  readonly announcements: WorkerAnnouncements;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Name of its engine: `espeak` or `tone`. */
  readonly engine: string;
  /** Sessions it serves at once. */
  readonly maxConcurrentSessions: number;
  /** Options of the engine by name. Default none. */
  readonly engineOptions?: Readonly<Record<string, string | number | boolean>>;
  /** Life of its record without a heartbeat, in ms; one comes every third of it. */
  readonly ttlMs: number;
  /** Its name in the registry. Default `embedded`. */
  readonly name?: string;
  /** How long it may take to start, in ms. Default 30,000. */
  readonly startTimeoutMs?: number;
  /** Module that the process runs. Default: the worker package's. */
  readonly processUrl?: URL;
}

/** A worker in a process of its own that is started again when it dies. Whoever started it closes it. */
export interface EmbeddedWorker extends AsyncDisposable {
  /** Process id of its present life; `undefined` between two lives. */
  readonly pid: number | undefined;
  /** Lets it finish what it speaks for at most `timeoutMs`, then ends it. It takes no new session. */
  drain(timeoutMs: number): Promise<void>;
  /** Ends it at once. Takes 4 s at most, and mostly far less. Idempotent; cuts a `drain` short. */
  close(): Promise<void>;
}

/**
 * Starts the worker process; settles when the worker is warm and registered.
 *
 * @throws ParleyError `WORKER_START_FAILED` when it ends first, says why it cannot start, or takes too long
 */
export async function startEmbeddedWorker(options: EmbeddedWorkerOptions): Promise<EmbeddedWorker> {
  const supervisor = new Supervisor(options);
  try {
    await supervisor.ready;
    return supervisor;
  } catch (cause) {
    await supervisor.close();
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `The embedded worker with the engine ${options.engine} could not start: ${why}`;
    throw new ParleyError('WORKER_START_FAILED', message, { cause });
  }
}

const FIRST_RESTART_MS = 200;
const LONGEST_RESTART_MS = 10_000;
/** A life this long counts as a good one: the next restart is quick again. */
const GOOD_LIFE_MS = 30_000;
/** How long a worker may take to end by itself before it is killed. */
const CLOSE_GRACE_MS = 3000;
/** Heartbeats that came while this process itself stood still are read first. */
const LAST_CHANCE_MS = 1000;

class Supervisor implements EmbeddedWorker {
  readonly #options: EmbeddedWorkerOptions;
  readonly #logger: Logger;
  readonly #ready = Promise.withResolvers<void>();
  #child: WorkerChild | undefined;
  #isReady = false;
  #startedMs = 0;
  #restartMs = FIRST_RESTART_MS;
  /** Epoch in the record of the present life. */
  #epoch: number | undefined;
  /** Fires when the present life is late with being ready or with a heartbeat. */
  #overdue: Timer | undefined;
  #restart: Timer | undefined;
  #isEnding = false;

  constructor(options: EmbeddedWorkerOptions) {
    this.#options = options;
    this.#logger = options.logger.child({ worker: this.#name });
    this.#start();
  }

  /** Settles when the first life is ready; rejects when it ends before. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async drain(timeoutMs: number): Promise<void> {
    const child = this.#endLives();
    child?.send({ type: 'drain', timeoutMs });
    await this.#killAfter(child, timeoutMs + CLOSE_GRACE_MS);
  }

  async close(): Promise<void> {
    const child = this.#endLives();
    child?.send({ type: 'close' });
    await this.#killAfter(child, CLOSE_GRACE_MS);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #name(): string {
    return this.#options.name ?? 'embedded';
  }

  #start(): void {
    const { clock, engine, engineOptions = {}, maxConcurrentSessions, ttlMs } = this.#options;
    const startTimeoutMs = this.#options.startTimeoutMs ?? 30_000;
    this.#isReady = false;
    this.#startedMs = clock.nowMs();
    const child = new WorkerChild({
      processUrl: this.#options.processUrl ?? workerProcessUrl,
      input: {
        engine,
        name: this.#name,
        port: 0,
        maxSessions: maxConcurrentSessions,
        registrationTtlSeconds: ttlMs / 1000,
        engineOptions,
      },
      logger: this.#logger,
      onMessage: (message) => this.#onMessage(message),
      onExit: (how) => this.#onExit(how),
    });
    this.#child = child;
    this.#expectBy(startTimeoutMs, `it was not ready after ${startTimeoutMs} ms`);
  }

  #onMessage(message: EmbeddedWorkerMessage): void {
    const { announcements, ttlMs } = this.#options;
    switch (message.type) {
      case 'register':
      case 'heartbeat':
        this.#epoch = message.record.epoch;
        void this.#announce(announcements.heartbeat(message.record));
        if (this.#isReady) this.#expectBy(ttlMs, `it has sent no heartbeat for ${ttlMs} ms`);
        return;
      case 'ready':
        this.#isReady = true;
        this.#ready.resolve();
        this.#expectBy(ttlMs, `it has sent no heartbeat for ${ttlMs} ms`);
        return;
      case 'deregister':
        void this.#announce(announcements.deregister(message.name, this.#epoch));
        return;
      case 'failed':
        this.#ready.reject(new Error(message.message));
        return;
      default:
        message satisfies never;
    }
  }

  #onExit(how: string): void {
    const { clock, announcements } = this.#options;
    this.#child = undefined;
    this.#overdue?.cancel();
    void this.#announce(announcements.deregister(this.#name, this.#epoch));
    this.#ready.reject(new Error(how));
    if (this.#isEnding) return;
    if (clock.nowMs() - this.#startedMs >= GOOD_LIFE_MS) this.#restartMs = FIRST_RESTART_MS;
    const restartMs = this.#restartMs;
    this.#restartMs = Math.min(LONGEST_RESTART_MS, restartMs * 2);
    this.#logger.error({ how, restartMs }, 'the worker process has ended and is started again');
    this.#restart = clock.setTimer(restartMs, () => this.#start());
  }

  /** A worker that stands still is as good as dead: it is killed, and its exit does the rest. */
  #expectBy(timeoutMs: number, otherwise: string): void {
    const { clock } = this.#options;
    this.#overdue?.cancel();
    this.#overdue = clock.setTimer(timeoutMs, () => {
      this.#overdue = clock.setTimer(LAST_CHANCE_MS, () => {
        this.#logger.error({ reason: otherwise }, 'the worker process is killed');
        this.#ready.reject(new Error(otherwise));
        this.#child?.kill();
      });
    });
  }

  /** No life begins any more; the present one, if there is one, is to be ended. */
  #endLives(): WorkerChild | undefined {
    this.#isEnding = true;
    this.#restart?.cancel();
    this.#overdue?.cancel();
    this.#overdue = undefined;
    return this.#child;
  }

  async #killAfter(child: WorkerChild | undefined, graceMs: number): Promise<void> {
    if (child === undefined) return;
    const timer = this.#options.clock.setTimer(graceMs, () => child.kill());
    await child.exited;
    timer.cancel();
  }

  async #announce(announced: Promise<void>): Promise<void> {
    try {
      await announced;
    } catch (err) {
      this.#logger.error({ err }, 'the registry did not take the record of the worker');
    }
  }
}
