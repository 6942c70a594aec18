import type { WorkerRecord } from '@parley/worker-api';
import type { RegistryStatus, WaitForWorkersOptions, WorkerRegistry } from '../registry/index.ts';
import type { DrainMarks } from './drain-marks.ts';

/** A registry in which workers that operators have drained are draining, whatever they write of themselves. */
export class DrainableRegistry implements WorkerRegistry {
  readonly #registry: WorkerRegistry;
  readonly #marks: DrainMarks;
  readonly #listeners = new Set<() => void>();
  readonly #stop: readonly (() => void)[];
  #seen: readonly WorkerRecord[];
  #snapshot: readonly WorkerRecord[];

  /** Closing it closes both parts. */
  constructor(registry: WorkerRegistry, marks: DrainMarks) {
    this.#registry = registry;
    this.#marks = marks;
    this.#seen = registry.snapshot();
    this.#snapshot = this.#overlay(this.#seen);
    const changed = (): void => {
      this.#seen = registry.snapshot();
      this.#snapshot = this.#overlay(this.#seen);
      for (const listener of this.#listeners) listener();
    };
    this.#stop = [registry.onChange(changed), marks.onChange(changed)];
  }

  async getWorkers(): Promise<readonly WorkerRecord[]> {
    return this.#overlay(await this.#registry.getWorkers());
  }

  async getWorker(name: string): Promise<WorkerRecord | undefined> {
    const record = await this.#registry.getWorker(name);
    return record && this.#overlay([record])[0];
  }

  getWorkerTtl(name: string): Promise<number | undefined> {
    return this.#registry.getWorkerTtl(name);
  }

  async waitForWorkers(options: WaitForWorkersOptions): Promise<readonly WorkerRecord[]> {
    return this.#overlay(await this.#registry.waitForWorkers(options));
  }

  snapshot(): readonly WorkerRecord[] {
    const records = this.#registry.snapshot();
    // Whoever was told of a change before us looks already.
    if (records !== this.#seen) {
      this.#seen = records;
      this.#snapshot = this.#overlay(records);
    }
    return this.#snapshot;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  status(): RegistryStatus {
    return this.#registry.status();
  }

  async close(): Promise<void> {
    for (const stop of this.#stop) stop();
    this.#listeners.clear();
    this.#marks.close();
    await this.#registry.close();
  }

  /** The same array where nobody is marked, as a snapshot is compared by identity. */
  #overlay(records: readonly WorkerRecord[]): readonly WorkerRecord[] {
    const isMarked = ({ name, epoch, draining }: WorkerRecord): boolean =>
      draining !== true && this.#marks.has(name, epoch);
    if (!records.some(isMarked)) return records;
    return records.map((record) =>
      isMarked(record) ? Object.assign({}, record, { draining: true }) : record,
    );
  }
}
