/** A worker on which a place is wanted. */
export interface LeaseCandidate {
  readonly workerName: string;
  /** Sessions that the worker takes at once. */
  readonly capacity: number;
}

/** One session's claim to a place on a worker. */
export interface Lease {
  /** Unique among all leases. */
  readonly id: string;
  readonly workerName: string;
}

/**
 * Who holds which place on which worker. Never more leases on a worker than its capacity, whoever else uses
 * the same book. Renewing leases, where they expire, is the book's own business.
 */
export interface LeaseBook {
  /** Takes a place on the first candidate that has room, in one step; `undefined` when none has. */
  claim(sessionId: string, candidates: readonly LeaseCandidate[]): Promise<Lease | undefined>;
  /** Gives a place back. Idempotent. */
  release(lease: Lease): Promise<void>;
  /** Places taken on the worker as last seen, at no cost. */
  activeSessions(workerName: string): number;
  /** How many leases are held here, and how many of them are counted here alone. Looks at each. */
  held(): { readonly total: number; readonly unbacked: number };
  /**
   * Calls `listener` whenever a place may have become free: on this worker, or without a name on any. Returns the
   * way to stop that.
   */
  onRelease(listener: (workerName?: string) => void): () => void;
}
