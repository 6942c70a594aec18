import {
  DEFAULT_WORKER_KEY_PREFIX,
  RedisError,
  type RedisLink,
  workerChangesChannel,
  workerKey,
  type WorkerRecord,
} from '@parley/worker-api';
import { ParleyError } from '../../parley-error.ts';
import type { Clock, Timer } from '../../session/ports/clock.ts';
import type { Logger } from '../../session/ports/logger.ts';
import { waitForFirstWorkers } from '../wait-for-workers.ts';
import type {
  KnownWorker,
  RegistryStatus,
  WaitForWorkersOptions,
  WorkerRegistry,
} from '../worker-registry.ts';
import { BadRecords } from './bad-records.ts';
import { readRecords, scanKeys, type ReadResult } from './read-records.ts';
import { WorkerSnapshot } from './worker-snapshot.ts';

/** Options of {@link RedisRegistry}. */
export interface RedisRegistryOptions {
  /** Not closed by the registry. One server: what is under many keys is read together, which a Redis Cluster cannot. */
  readonly link: RedisLink;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Start of the keys of records; `worker:` by default. */
  readonly keyPrefix?: string;
  /** Life of a record without a heartbeat, in ms; 30,000 by default. */
  readonly ttlMs?: number;
  /** How often all records are read, in ms; 3000 by default. Changes that workers tell of are seen at once. */
  readonly refreshMs?: number;
  /** Longest wait for one answer, in ms; 2000 by default. */
  readonly readTimeoutMs?: number;
}

/** How long a read that somebody asked for waits for a connection that is being made. */
const CONNECT_WAIT_MS = 1000;

/**
 * The workers of many processes, in Redis. Routing uses the snapshot, which costs nothing. While Redis is gone, or
 * does not show its workers, the snapshot stays, and after it has come back, perhaps empty, workers get half a time to live to enter
 * themselves again before they count as gone.
 */
export class RedisRegistry implements WorkerRegistry {
  readonly #options: RedisRegistryOptions;
  readonly #prefix: string;
  readonly #readTimeoutMs: number;
  readonly #closing = new AbortController();
  readonly #listeners = new Set<() => void>();
  readonly #snapshot = new WorkerSnapshot();
  readonly #bad: BadRecords;
  readonly #stopListening: readonly (() => void)[];
  readonly #timer: Timer;
  /** Workers told to have changed, to be read next. */
  readonly #changed = new Set<string>();
  #isRefreshDue = true;
  #isReading = false;
  #patienceUntilMs = 0;
  #wasReady = false;
  /** Why records cannot be read although there is a connection. */
  #unreadable: string | undefined;
  /** Since when, by the time of day, the workers could not be read, for whatever reasons. */
  #failingSinceWallMs: number | undefined;

  constructor(options: RedisRegistryOptions) {
    this.#options = options;
    this.#prefix = options.keyPrefix ?? DEFAULT_WORKER_KEY_PREFIX;
    this.#readTimeoutMs = options.readTimeoutMs ?? 2000;
    this.#bad = new BadRecords(options.logger);
    const { link, clock } = options;
    this.#stopListening = [
      link.onChange((isReady) => this.#onLink(isReady)),
      link.subscribe(workerChangesChannel(this.#prefix), (name) => {
        this.#changed.add(name);
        void this.#read();
      }),
    ];
    this.#timer = clock.setInterval(options.refreshMs ?? 3000, () => this.#refresh());
    if (link.isReady) this.#onLink(true);
  }

  async getWorkers(): Promise<readonly WorkerRecord[]> {
    if (this.#closing.signal.aborted) return this.snapshot();
    return this.#ask(async () => {
      const keys = await scanKeys(this.#options.link, this.#prefix, this.#readTimeoutMs);
      const results = await this.#readKeys([...keys]);
      return [...results.values()].flatMap((result) =>
        result.kind === 'found' ? [result.found.record] : [],
      );
    });
  }

  async getWorker(name: string): Promise<WorkerRecord | undefined> {
    if (this.#closing.signal.aborted) return this.snapshot().find((worker) => worker.name === name);
    return this.#ask(async () => {
      const result = (await this.#readKeys([workerKey(this.#prefix, name)])).get(name);
      return result?.kind === 'found' ? result.found.record : undefined;
    });
  }

  async getWorkerTtl(name: string): Promise<number | undefined> {
    if (this.#closing.signal.aborted) return undefined;
    return this.#ask(async () => {
      const ttlMs = Number(await this.#options.link.run(['PTTL', workerKey(this.#prefix, name)]));
      if (ttlMs === -2) return undefined;
      return ttlMs === -1 ? Infinity : ttlMs / 1000;
    });
  }

  async waitForWorkers(options: WaitForWorkersOptions): Promise<readonly WorkerRecord[]> {
    // The snapshot of one who has only just begun may be empty for want of a first look.
    if (options.timeoutMs <= 0 && this.#options.link.isReady) {
      return this.getWorkers().catch(() => this.snapshot());
    }
    return waitForFirstWorkers(this, this.#options.clock, this.#closing.signal, options);
  }

  snapshot(): readonly KnownWorker[] {
    return this.#snapshot.workers;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  status(): RegistryStatus {
    const status = this.#options.link.status();
    const sinceWallMs = this.#failingSinceWallMs;
    if (sinceWallMs === undefined) return status;
    if (status.kind === 'degraded')
      return { ...status, sinceWallMs: Math.min(status.sinceWallMs, sinceWallMs) };
    return this.#unreadable === undefined ? status : { kind: 'degraded', sinceWallMs, why: this.#unreadable };
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#timer.cancel();
    for (const stop of this.#stopListening) stop();
    this.#listeners.clear();
    this.#closing.abort();
  }

  #onLink(isReady: boolean): void {
    const { clock, ttlMs = 30_000 } = this.#options;
    if (isReady) {
      if (this.#wasReady) this.#patienceUntilMs = clock.nowMs() + ttlMs / 2;
      this.#wasReady = true;
      this.#refresh();
    } else {
      this.#noteFailing();
      if (this.#snapshot.forgetHeartbeats()) this.#tell();
    }
  }

  #refresh(): void {
    this.#isRefreshDue = true;
    void this.#read();
  }

  /** Reads what is due, one thing after the other: answers must not overtake each other. */
  async #read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#isReadDue()) {
        if (this.#isRefreshDue) await this.#readAll();
        else await this.#readChanged();
        this.#unreadable = undefined;
        this.#failingSinceWallMs = undefined;
      }
    } catch (error) {
      // The next tick or connection tries again.
      this.#noteFailure(error);
    } finally {
      this.#isReading = false;
    }
  }

  #isReadDue(): boolean {
    const isUsable = this.#options.link.isReady && !this.#closing.signal.aborted;
    return isUsable && (this.#isRefreshDue || this.#changed.size > 0);
  }

  /** Of a connection that is gone, the link tells; of one that refuses, or is too slow for us, nobody else does. */
  #noteFailure(error: unknown): void {
    const { link, logger } = this.#options;
    // We hear no heartbeats now, although workers go on sending them.
    if (this.#snapshot.forgetHeartbeats()) this.#tell();
    if (!link.isReady && error instanceof RedisError && error.code !== 'REDIS_REFUSED') return;
    const why = error instanceof Error ? error.message : String(error);
    if (this.#unreadable !== why) logger.warn({ why }, 'redis does not show its workers');
    this.#unreadable = why;
    this.#noteFailing();
  }

  #noteFailing(): void {
    const { clock, link } = this.#options;
    const status = link.status();
    this.#failingSinceWallMs ??= status.kind === 'degraded' ? status.sinceWallMs : clock.wallMs();
  }

  async #readAll(): Promise<void> {
    this.#isRefreshDue = false;
    const { clock, link } = this.#options;
    const keys = await scanKeys(link, this.#prefix, this.#readTimeoutMs);
    const results = await this.#readKeys([...keys]);
    this.#bad.retain(results);
    const isPatient = clock.nowMs() < this.#patienceUntilMs;
    if (this.#snapshot.replaceAll(results, isPatient)) this.#tell();
  }

  async #readChanged(): Promise<void> {
    const names = [...this.#changed];
    this.#changed.clear();
    const results = await this.#readKeys(names.map((name) => workerKey(this.#prefix, name)));
    if (this.#snapshot.update(results)) this.#tell();
  }

  async #readKeys(keys: readonly string[]): Promise<ReadonlyMap<string, ReadResult>> {
    const { clock, link } = this.#options;
    const known = this.#snapshot.found;
    const results = await readRecords(link, this.#prefix, keys, known, this.#readTimeoutMs, clock);
    for (const [name, result] of results) {
      if (result.kind === 'bad') this.#bad.report(name, result.problem);
    }
    return results;
  }

  async #ask<T>(read: () => Promise<T>): Promise<T> {
    await this.#options.link.untilReady(CONNECT_WAIT_MS);
    try {
      return await read();
    } catch (error) {
      throw new ParleyError('REGISTRY_UNAVAILABLE', 'The workers cannot be looked up in Redis now.', {
        cause: error,
      });
    }
  }

  #tell(): void {
    if (this.#closing.signal.aborted) return;
    for (const listener of this.#listeners) listener();
  }
}
