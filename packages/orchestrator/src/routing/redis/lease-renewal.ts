import { RedisError } from '@parley/worker-api';
import type { HeldLease } from './held-leases.ts';
import type { LeaseBookContext } from './lease-book-context.ts';
import { ClaimAnswer, renewScript } from './lease-scripts.ts';

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
    let batch = this.#take(leases);
    // Also without any lease: the book is begun, and the time learnt.
    do {
      await this.#send(batch);
      // What was let go meanwhile is not in it: each batch is gathered when its turn comes.
      batch = this.#take(leases);
    } while (batch.leases.length > 0);
    this.#report();
  }

  #take(leases: Iterator<HeldLease, void>): Batch {
    const byWorker = new Map<string, HeldLease[]>();
    for (let count = 0; count < BATCH; count += 1) {
      const { value: held } = leases.next();
      if (held === undefined) break;
      const sameWorker = byWorker.get(held.lease.workerName);
      if (sameWorker === undefined) byWorker.set(held.lease.workerName, [held]);
      else sameWorker.push(held);
    }
    const batch: Batch = { keys: [], args: [], leases: [] };
    for (const [workerName, group] of byWorker) {
      const capacity = Math.max(...group.map((held) => held.capacity));
      batch.keys.push(this.#context.keyOf(workerName));
      batch.args.push(`${capacity}`, `${group.length}`, ...group.map(({ lease }) => lease.id));
      batch.leases.push(...group);
    }
    return batch;
  }

  async #send({ keys, args, leases }: Batch): Promise<void> {
    const { link, time, bookKey, ttlMs } = this.#context;
    const send = (): Promise<readonly number[]> =>
      time.run(link, renewScript, [bookKey, ...keys], [`${ttlMs}`, ...args], TIMEOUT_MS);
    let reply = await send();
    if (reply[0] === ClaimAnswer.late) reply = await send();
    if (reply[0] === ClaimAnswer.late)
      throw new RedisError('REDIS_TIMEOUT', 'Redis is too late with all it does.');
    const refused = new Set(reply.slice(2));
    leases.forEach((held, index) => {
      held.isBacked = !refused.has(index + 1);
    });
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
