/** How a claim ended: with a place counted in Redis, one counted here only, or none. */
export type ClaimOutcome = 'shared' | 'local' | 'no_room';

/** Told what happens to leases. */
export interface LeaseMetrics {
  /** A claim ended after `durationMs`. */
  claimDone(outcome: ClaimOutcome, durationMs: number): void;
}

/** Counts nothing; the default. */
export const noLeaseMetrics: LeaseMetrics = { claimDone: () => undefined };
