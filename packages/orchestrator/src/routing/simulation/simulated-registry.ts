import type { WorkerRecord } from '@parley/worker-api';
import type { KnownWorker, RegistryStatus, WorkerRegistry } from '../../registry/worker-registry.ts';
import type { SimulatedRedis } from './simulated-redis.ts';
import type { SimulatedWorkers } from './simulated-workers.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Options of {@link SimulatedRegistry}. */
export interface SimulatedRegistryOptions {
  readonly clock: VirtualClock;
  readonly redis: SimulatedRedis;
  readonly workers: SimulatedWorkers;
  /** How often all records are read, in ms. */
  readonly refreshMs: number;
}

/** Records that one command reads, as in the registry of the product. */
const READ_AT_ONCE = 200;

/** One orchestrator's view of the workers: as old as its last reading, and each record as its heartbeat. */
export class SimulatedRegistry implements WorkerRegistry {
  readonly #listeners = new Set<() => void>();
  #snapshot: readonly KnownWorker[] = [];

  constructor({ clock, redis, workers, refreshMs }: SimulatedRegistryOptions) {
    const read = (): void => {
      this.#snapshot = workers.records();
      for (let left = this.#snapshot.length; left > 0; left -= READ_AT_ONCE) {
        redis.charge('read_records', Math.min(left, READ_AT_ONCE));
      }
      for (const listener of this.#listeners) listener();
    };
    read();
    clock.setInterval(refreshMs, read);
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

  async getWorkers(): Promise<readonly WorkerRecord[]> {
    return this.#snapshot;
  }

  async getWorker(name: string): Promise<WorkerRecord | undefined> {
    return this.#snapshot.find((worker) => worker.name === name);
  }

  async getWorkerTtl(): Promise<number | undefined> {
    return undefined;
  }

  async waitForWorkers(): Promise<readonly WorkerRecord[]> {
    return this.#snapshot;
  }

  async close(): Promise<void> {
    this.#listeners.clear();
  }
}
