import type { Lease, LeaseCandidate } from '../lease-book.ts';
import type { LeaseBookContext } from './lease-book-context.ts';
import { ClaimAnswer, claimScript } from './lease-scripts.ts';
import { runLeaseScript } from './run-lease-script.ts';

/** Options of {@link SharedClaims}. */
export interface SharedClaimsOptions {
  /** Longest a claim may take, in ms. */
  readonly timeoutMs: number;
  /** How long a book counts as just begun, in ms. */
  readonly recoveryMs: number;
  /** Share of a worker's places that is given meanwhile. */
  readonly share: number;
}

/** How a claim in Redis ended. */
export type SharedClaim =
  | { readonly kind: 'taken'; readonly lease: Lease }
  | { readonly kind: 'no_room' }
  /** Redis did nothing: it was too late, twice. */
  | { readonly kind: 'late' }
  /** Redis did nothing: it has lost the leases. */
  | { readonly kind: 'book_lost' };

/** Candidates that one step looks at. */
const AT_ONCE = 64;

/** Claims places in Redis, each in one step there. */
export class SharedClaims {
  readonly #context: LeaseBookContext;
  readonly #options: SharedClaimsOptions;

  constructor(context: LeaseBookContext, options: SharedClaimsOptions) {
    this.#context = context;
    this.#options = options;
  }

  /**
   * Takes a place on the first candidate that has room, under the lease id given, and enters it with those that
   * are held. What was counted on the way is noted.
   *
   * @throws RedisError
   */
  async claim(id: string, candidates: readonly LeaseCandidate[]): Promise<SharedClaim> {
    const { timeoutMs } = this.#options;
    const { clock } = this.#context;
    const giveUpAtMs = clock.nowMs() + timeoutMs;
    let left = candidates;
    let triedAgain = false;
    while (left.length > 0) {
      const leftMs = giveUpAtMs - clock.nowMs();
      // A long list of workers that are all full is given up rather than the connection.
      if (left !== candidates && leftMs < timeoutMs / 2) break;
      const batch = left.slice(0, AT_ONCE);
      const [answer = 0, , ...counts] = await this.#ask(id, batch, Math.max(1, leftMs));
      if (answer === ClaimAnswer.bookLost) return { kind: 'book_lost' };
      if (answer === ClaimAnswer.late) {
        // The clock of Redis was set, or we were held up: now its time is known again.
        if (triedAgain) return { kind: 'late' };
        triedAgain = true;
        continue;
      }
      const lease = this.#note(id, batch, answer, counts);
      if (lease !== undefined) return { kind: 'taken', lease };
      const next = left.slice(AT_ONCE);
      // Whoever ordered them knew best; only when that was in vain is it worth while to look who has room.
      left = left === candidates ? this.#roomiestFirst(next) : next;
    }
    return { kind: 'no_room' };
  }

  /** In one go, so that no other answer counts our new lease as somebody else's. */
  #note(
    id: string,
    batch: readonly LeaseCandidate[],
    position: number,
    counts: readonly number[],
  ): Lease | undefined {
    const { held } = this.#context;
    const taken = batch[position - 1];
    if (taken !== undefined) {
      held.add({ lease: { id, workerName: taken.workerName }, capacity: taken.capacity, isBacked: true });
    }
    counts.forEach((count, index) => {
      const looked = batch[index];
      if (looked !== undefined) held.noteCount(looked.workerName, count);
    });
    return taken && { id, workerName: taken.workerName };
  }

  #ask(id: string, batch: readonly LeaseCandidate[], timeoutMs: number): Promise<readonly number[]> {
    const { bookKey, keyOf, ttlMs } = this.#context;
    const { recoveryMs, share } = this.#options;
    const keys = [bookKey, ...batch.map(({ workerName }) => keyOf(workerName))];
    const capacities = batch.map(({ capacity }) => `${capacity}`);
    return runLeaseScript(
      this.#context,
      claimScript,
      keys,
      [id, `${ttlMs}`, `${recoveryMs}`, `${share}`, ...capacities],
      timeoutMs,
    );
  }

  /** Workers known to be full come last: others surely have room. */
  #roomiestFirst(candidates: readonly LeaseCandidate[]): readonly LeaseCandidate[] {
    const { held } = this.#context;
    const { open = [], full = [] } = Object.groupBy(candidates, ({ workerName, capacity }) =>
      held.taken(workerName) < capacity ? 'open' : 'full',
    );
    return [...open, ...full];
  }
}
