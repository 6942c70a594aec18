import {
  DEFAULT_WORKER_KEY_PREFIX,
  formatWorkerRecord,
  type RedisLink,
  workerChangesChannel,
  workerKey,
  type WorkerRecord,
} from '@parley/worker-api';
import type { Clock } from '../../clock.ts';
import type { Logger } from '../../logger.ts';
import { WorkerError } from '../../worker-error.ts';
import { failureFields } from '../failure-fields.ts';
import type { WorkerRegistration } from '../worker-registration.ts';
import { announceScript, withdrawScript } from './registration-scripts.ts';

/** Options of {@link RedisRegistration}. */
export interface RedisRegistrationOptions {
  /** Not closed by the registration. */
  readonly link: RedisLink;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Start of the keys of records; `worker:` by default. */
  readonly keyPrefix?: string;
  /** Life of a record without a heartbeat, in ms; 30,000 by default. The same as the worker's `registrationTtlMs`. */
  readonly ttlMs?: number;
}

/** How long a write waits for a connection that is being made. */
const CONNECT_WAIT_MS = 1000;

/**
 * Keeps records of workers in Redis, one a name, and tells orchestrators of changes that matter to routing.
 * When the connection comes back, what was told last is told again at once: Redis may have lost it.
 */
export class RedisRegistration implements WorkerRegistration {
  readonly place: string;
  readonly #options: RedisRegistrationOptions;
  readonly #prefix: string;
  readonly #stopListening: () => void;
  /** The last record of each worker that is to be there. */
  readonly #records = new Map<string, WorkerRecord>();
  /** What routing knows of each worker, as last told on the channel. */
  readonly #told = new Map<string, string>();

  constructor(options: RedisRegistrationOptions) {
    this.#options = options;
    this.place = `redis at ${options.link.server}`;
    this.#prefix = options.keyPrefix ?? DEFAULT_WORKER_KEY_PREFIX;
    this.#stopListening = options.link.onChange((isReady) => {
      if (isReady) void this.#tellAgain();
    });
  }

  /**
   * Writes the record.
   *
   * @throws RedisError when that fails; it is then written as soon as Redis is back
   * @throws WorkerError `SUPERSEDED` when a worker of this name has started since
   */
  async register(record: WorkerRecord): Promise<void> {
    this.#records.set(record.name, record);
    this.#told.delete(record.name);
    await this.#options.link.untilReady(CONNECT_WAIT_MS);
    await this.#write(record);
  }

  /** Writes the record anew, with a full life. Throws as `register` does. */
  async heartbeat(record: WorkerRecord): Promise<void> {
    this.#records.set(record.name, record);
    await this.#write(record);
  }

  /**
   * Removes the record, if it is still that of this life of the worker.
   *
   * @param epoch which life; by default that of the record written last
   */
  async deregister(name: string, epoch?: number): Promise<void> {
    const which = epoch ?? this.#records.get(name)?.epoch;
    if (epoch === undefined || this.#records.get(name)?.epoch === epoch) {
      this.#records.delete(name);
      this.#told.delete(name);
    }
    await this.#options.link.script(
      withdrawScript,
      [workerKey(this.#prefix, name)],
      [which === undefined ? '' : `${which}`, workerChangesChannel(this.#prefix), name],
    );
  }

  /** Stops telling anything; records that were not removed run out. Idempotent. */
  close(): void {
    this.#stopListening();
    this.#records.clear();
  }

  async #write(record: WorkerRecord): Promise<void> {
    const { link, clock, ttlMs = 30_000 } = this.#options;
    const { name } = record;
    const matters = routingPart(record);
    const isNews = this.#told.get(name) !== matters;
    const stamped = { ...record, last_heartbeat_ts: clock.wallMs() / 1000 };
    const written = await link.script(
      announceScript,
      [workerKey(this.#prefix, name)],
      [
        formatWorkerRecord(stamped),
        `${record.epoch ?? ''}`,
        `${ttlMs}`,
        workerChangesChannel(this.#prefix),
        isNews ? name : '',
      ],
    );
    if (written !== 1) {
      throw new WorkerError(
        'SUPERSEDED',
        `Another worker of the name ${name} has started since; give each its own name.`,
      );
    }
    this.#told.set(name, matters);
  }

  async #tellAgain(): Promise<void> {
    this.#told.clear();
    for (const record of this.#records.values()) {
      try {
        await this.#write(record);
      } catch (error) {
        // The next heartbeat tries again.
        this.#options.logger.warn(
          { ...failureFields(error, this.place), worker: record.name },
          'could not tell redis of the worker again',
        );
      }
    }
  }
}

/** What orchestrators should know at once; the rest they read every few seconds. */
function routingPart({ metrics: _metrics, last_heartbeat_ts: _time, ...rest }: WorkerRecord): string {
  return JSON.stringify(rest);
}
