import { parseWorkerAddress, type WorkerRecord } from '@parley/worker-api';
import { ParleyError } from '../../parley-error.ts';
import type { Clock, Timer } from '../../session/ports/clock.ts';
import { waitForFirstWorkers } from '../wait-for-workers.ts';
import type {
  KnownWorker,
  RegistryStatus,
  WaitForWorkersOptions,
  WorkerAnnouncements,
  WorkerRegistry,
} from '../worker-registry.ts';

/** Options of {@link MemoryRegistry}. */
export interface MemoryRegistryOptions {
  readonly clock: Clock;
  /** Life of a record without a heartbeat, in ms. */
  readonly ttlMs: number;
}

interface Entry {
  readonly record: KnownWorker;
  readonly expiresAtMs: number;
  readonly timer: Timer;
}

/** Workers of this process: the registry of a single orchestrator that runs its own workers. */
export class MemoryRegistry implements WorkerRegistry, WorkerAnnouncements {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<() => void>();
  readonly #closing = new AbortController();
  #snapshot: readonly KnownWorker[] = [];

  constructor(options: MemoryRegistryOptions) {
    this.#clock = options.clock;
    this.#ttlMs = options.ttlMs;
  }

  async getWorkers(): Promise<readonly WorkerRecord[]> {
    return this.#snapshot;
  }

  async getWorker(name: string): Promise<WorkerRecord | undefined> {
    return this.#entries.get(name)?.record;
  }

  async getWorkerTtl(name: string): Promise<number | undefined> {
    const entry = this.#entries.get(name);
    return entry === undefined ? undefined : Math.max(0, entry.expiresAtMs - this.#clock.nowMs()) / 1000;
  }

  waitForWorkers(options: WaitForWorkersOptions): Promise<readonly WorkerRecord[]> {
    return waitForFirstWorkers(this, this.#clock, this.#closing.signal, options);
  }

  snapshot(): readonly KnownWorker[] {
    return this.#snapshot;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  status(): RegistryStatus {
    return { kind: 'ok' };
  }

  /** @throws ParleyError `WORKER_ADDRESS_INVALID`; the worker is left out */
  register(record: WorkerRecord): Promise<void> {
    return this.heartbeat(record);
  }

  /** @throws ParleyError `WORKER_ADDRESS_INVALID`; the worker is left out */
  async heartbeat(record: WorkerRecord): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const { name, addr } = record;
    const address = parseWorkerAddress(addr);
    if (address.kind === 'invalid') {
      this.#remove(name);
      throw new ParleyError('WORKER_ADDRESS_INVALID', `worker ${name}: ${address.problem}`);
    }
    const heardAtMs = this.#clock.nowMs();
    this.#entries.get(name)?.timer.cancel();
    this.#entries.set(name, {
      record: { ...record, last_heartbeat_ts: this.#clock.wallMs() / 1000, heardAtMs },
      expiresAtMs: heardAtMs + this.#ttlMs,
      timer: this.#clock.setTimer(this.#ttlMs, () => this.#remove(name)),
    });
    this.#changed();
  }

  async deregister(name: string, epoch?: number): Promise<void> {
    const entry = this.#entries.get(name);
    if (entry === undefined || (epoch !== undefined && entry.record.epoch !== epoch)) return;
    this.#remove(name);
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    for (const entry of this.#entries.values()) entry.timer.cancel();
    this.#listeners.clear();
  }

  #remove(name: string): void {
    this.#entries.get(name)?.timer.cancel();
    if (this.#entries.delete(name)) this.#changed();
  }

  #changed(): void {
    this.#snapshot = Array.from(this.#entries.values(), (entry) => entry.record);
    for (const listener of this.#listeners) listener();
  }
}
