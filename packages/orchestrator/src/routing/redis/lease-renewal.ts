import { RedisError } from '@parley/worker-api';
import type { HeldLease } from './held-leases.ts';
import type { LeaseBookContext } from './lease-book-context.ts';
import { ClaimAnswer, renewScript } from './lease-scripts.ts';
import { runLeaseScript } from './run-lease-script.ts';

interface Batch {
  readonly keys: string[];
  readonly args: string[];
  readonly leases: HeldLease[];
}

/** Leases renewed by one command: it holds Redis up for about a millisecond. */
const BATCH = 500;
const TIMEOUT_MS = 1000;

/** Keeps the leases that are held alive in Redis. */
export class LeaseRenewal {
  readonly #context: LeaseBookContext;
  #running: Promise<void> | undefined;
  #unbacked = 0;

  constructor(context: LeaseBookContext) {
    this.#context = context;
  }

  /**
   * Renews all leases, and enters those that Redis does not have as far as there is room; one run at a time.
   *
   * @throws RedisError
   */
  renew(): Promise<void> {
    this.#running ??= this.#renewAll().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #renewAll(): Promise<void> {
    const leases = this.#context.held.all();
    let some = take(leases);
    // Also without any lease: the book is begun, and the time learnt.
    do {
      await this.#send(some);
      // What was let go meanwhile is not in it: each batch is gathered when its turn comes.
      some = take(leases);
    } while (some.length > 0);
    this.#report();
  }

  async #send(some: readonly HeldLease[]): Promise<void> {
    const { held, bookKey, ttlMs } = this.#context;
    let batch = this.#gather(some);
    const send = ({ keys, args }: Batch): Promise<readonly number[]> =>
      runLeaseScript(this.#context, renewScript, [bookKey, ...keys], [`${ttlMs}`, ...args], TIMEOUT_MS);
    let reply = await send(batch);
    if (reply[0] === ClaimAnswer.late) {
      // What was let go meanwhile must not be entered again.
      batch = this.#gather(some.filter((one) => held.has(one.lease)));
      reply = await send(batch);
    }
    if (reply[0] === ClaimAnswer.late)
      throw new RedisError('REDIS_TIMEOUT', 'Redis is too late with all it does.');
    const refused = new Set(reply.slice(2));
    batch.leases.forEach((one, index) => {
      one.isBacked = !refused.has(index + 1);
    });
  }

  #gather(some: readonly HeldLease[]): Batch {
    const batch: Batch = { keys: [], args: [], leases: [] };
    for (const [workerName, group] of Map.groupBy(some, ({ lease }) => lease.workerName)) {
      const capacity = Math.max(...group.map((held) => held.capacity));
      batch.keys.push(this.#context.keyOf(workerName));
      batch.args.push(`${capacity}`, `${group.length}`, ...group.map(({ lease }) => lease.id));
      batch.leases.push(...group);
    }
    return batch;
  }

  #report(): void {
    const { held, logger } = this.#context;
    const { unbacked } = held;
    if (unbacked > 0 && this.#unbacked === 0) {
      logger.warn({ leases: unbacked }, 'sessions are on workers that are full by the count in redis');
    }
    this.#unbacked = unbacked;
  }
}

/** The next leases, as many as one command renews. */
function take(leases: Iterator<HeldLease, void>): HeldLease[] {
  const taken: HeldLease[] = [];
  while (taken.length < BATCH) {
    const { value: held } = leases.next();
    if (held === undefined) break;
    taken.push(held);
  }
  return taken;
}
