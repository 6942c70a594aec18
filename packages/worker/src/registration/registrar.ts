import type { WorkerRecord } from '@parley/worker-api';
import type { Clock, Timer } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { settlesWithin } from '../settles-within.ts';
import { failureFields } from './failure-fields.ts';
import type { WorkerRegistration } from './worker-registration.ts';

/** Options of {@link Registrar}. */
export interface RegistrarOptions {
  readonly registration: WorkerRegistration;
  readonly record: () => WorkerRecord;
  /** Life of a record without a heartbeat; one is sent every third of it. */
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Longest time that a goodbye may hold up the end of the worker. */
const DEREGISTER_TIMEOUT_MS = 2000;

/** Keeps a worker's record alive. Whoever creates it closes it. */
export class Registrar {
  readonly #options: RegistrarOptions;
  #timer: Timer | undefined;
  #registered = false;
  /** The call under way; only one is sent at a time. */
  #sending: Promise<void> | undefined;
  /** The call after it, which will have the record as it is then. */
  #queued: Promise<void> | undefined;
  #closed = false;

  constructor(options: RegistrarOptions) {
    this.#options = options;
  }

  /** Registers and starts the heartbeats. */
  async start(): Promise<void> {
    const { clock, ttlMs } = this.#options;
    this.#timer = clock.setInterval(ttlMs / 3, () => void this.beat());
    await this.beat();
  }

  /**
   * Sends the record as it is now. Never rejects. While a beat is under way, which may have an older record, one
   * more follows it, however often it is asked for.
   */
  beat(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#sending === undefined) return this.#start();
    this.#queued ??= this.#sending.then(() => {
      this.#queued = undefined;
      return this.#closed ? undefined : this.#start();
    });
    return this.#queued;
  }

  /** Stops the heartbeats and takes the record out. Idempotent, never rejects. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    await settlesWithin(this.#deregister(), DEREGISTER_TIMEOUT_MS, this.#options.clock);
  }

  #start(): Promise<void> {
    // Cleared outside of #send(), which may have failed before its promise is kept here.
    this.#sending = this.#send().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #send(): Promise<void> {
    const { registration, record, logger } = this.#options;
    try {
      if (this.#registered) await registration.heartbeat(record());
      else await registration.register(record());
      this.#registered = true;
    } catch (error) {
      logger.warn(
        failureFields(error, registration.place),
        'the worker could not tell the registry that it is there',
      );
    }
  }

  async #deregister(): Promise<void> {
    const { registration, record, logger } = this.#options;
    try {
      await this.#sending;
      await registration.deregister(record().name);
    } catch (error) {
      logger.warn(
        failureFields(error, registration.place),
        'the worker could not tell the registry that it leaves',
      );
    }
  }
}
