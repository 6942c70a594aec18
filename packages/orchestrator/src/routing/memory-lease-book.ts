import { noLeaseMetrics, type LeaseMetrics } from './lease-metrics.ts';
import type { Lease, LeaseBook, LeaseCandidate } from './lease-book.ts';

/** The leases of a single orchestrator: they end with its process, so none has to expire. */
export class MemoryLeaseBook implements LeaseBook {
  readonly #metrics: LeaseMetrics;
  readonly #leasesByWorker = new Map<string, Set<string>>();
  readonly #listeners = new Set<(workerName?: string) => void>();
  #claims = 0;

  constructor(metrics: LeaseMetrics = noLeaseMetrics) {
    this.#metrics = metrics;
  }

  async claim(sessionId: string, candidates: readonly LeaseCandidate[]): Promise<Lease | undefined> {
    for (const { workerName, capacity } of candidates) {
      const taken = this.#leasesByWorker.get(workerName) ?? new Set();
      if (taken.size >= capacity) continue;
      this.#claims += 1;
      const lease: Lease = { id: `${sessionId}/${this.#claims}`, workerName };
      taken.add(lease.id);
      this.#leasesByWorker.set(workerName, taken);
      this.#metrics.claimDone('local', 0);
      return lease;
    }
    this.#metrics.claimDone('no_room', 0);
    return undefined;
  }

  async release(lease: Lease): Promise<void> {
    const taken = this.#leasesByWorker.get(lease.workerName);
    if (taken === undefined || !taken.delete(lease.id)) return;
    if (taken.size === 0) this.#leasesByWorker.delete(lease.workerName);
    for (const listener of this.#listeners) listener(lease.workerName);
  }

  activeSessions(workerName: string): number {
    return this.#leasesByWorker.get(workerName)?.size ?? 0;
  }

  held(): { readonly total: number; readonly unbacked: number } {
    const total = this.#leasesByWorker.values().reduce((sum, leases) => sum + leases.size, 0);
    // There is nobody to share the count with.
    return { total, unbacked: 0 };
  }

  onRelease(listener: (workerName?: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
