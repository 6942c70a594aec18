/**
 * Which workers operators have taken out of service. Apart from the workers' own records, which the workers write
 * anew with every heartbeat, and which those of other makers write without knowing of drains.
 */
export interface DrainMarks {
  /** Whether a worker is marked, at no cost. `epoch`: of its record; a worker that has restarted is not marked. */
  has(workerName: string, epoch: number | undefined): boolean;
  /** Marks a worker in its present life. Rejects when that could not be stored. */
  mark(workerName: string, epoch: number | undefined): Promise<void>;
  /** Takes the mark away. Rejects when that could not be stored. */
  unmark(workerName: string): Promise<void>;
  /** Calls `listener` after every change. Returns the way to stop that. */
  onChange(listener: () => void): () => void;
  /** Stops watching. Idempotent; closes nothing that it was given. */
  close(): void;
}

/** Marks of this process alone, for a registry in memory. */
export class MemoryDrainMarks implements DrainMarks {
  readonly #epochs = new Map<string, number | undefined>();
  readonly #listeners = new Set<() => void>();

  has(workerName: string, epoch: number | undefined): boolean {
    return this.#epochs.has(workerName) && this.#epochs.get(workerName) === epoch;
  }

  async mark(workerName: string, epoch: number | undefined): Promise<void> {
    this.#epochs.set(workerName, epoch);
    this.#tell();
  }

  async unmark(workerName: string): Promise<void> {
    if (this.#epochs.delete(workerName)) this.#tell();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    this.#listeners.clear();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
