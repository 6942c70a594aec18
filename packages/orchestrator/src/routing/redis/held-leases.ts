import type { Lease } from '../lease-book.ts';

/** A lease that this orchestrator holds. */
export interface HeldLease {
  readonly lease: Lease;
  /** Sessions that its worker takes at once. */
  readonly capacity: number;
  /** Whether Redis knew it when it was last asked. */
  isBacked: boolean;
}

/** The leases of this orchestrator, and how many others hold as last seen. */
export class HeldLeases {
  readonly #byWorker = new Map<string, Map<string, HeldLease>>();
  readonly #pending = new Map<string, number>();
  #others = new Map<string, number>();
  #size = 0;

  /** How many are held. */
  get size(): number {
    return this.#size;
  }

  /** How many of them Redis did not know, or had no room for, when it was last asked. */
  get unbacked(): number {
    let count = 0;
    for (const held of this.all()) if (!held.isBacked) count += 1;
    return count;
  }

  /** Every lease that is held, those of a worker together. */
  *all(): Generator<HeldLease, void, undefined> {
    for (const leases of this.#byWorker.values()) yield* leases.values();
  }

  add(held: HeldLease): void {
    const { id, workerName } = held.lease;
    const leases = this.#byWorker.get(workerName) ?? new Map<string, HeldLease>();
    if (!leases.has(id)) this.#size += 1;
    leases.set(id, held);
    this.#byWorker.set(workerName, leases);
  }

  /** Whether a lease is held. */
  has({ id, workerName }: Lease): boolean {
    return this.#byWorker.get(workerName)?.has(id) === true;
  }

  /** Takes a lease out; `undefined` when it is not held. */
  remove({ id, workerName }: Lease): HeldLease | undefined {
    const leases = this.#byWorker.get(workerName);
    const held = leases?.get(id);
    if (leases === undefined || held === undefined) return undefined;
    leases.delete(id);
    this.#size -= 1;
    if (leases.size === 0) this.#byWorker.delete(workerName);
    return held;
  }

  /** Counts a claim under way as if it had its place, so that the next ones look elsewhere. Returns the end of it. */
  expect(workerName: string): () => void {
    this.#pending.set(workerName, (this.#pending.get(workerName) ?? 0) + 1);
    return () => {
      const left = (this.#pending.get(workerName) ?? 0) - 1;
      if (left > 0) this.#pending.set(workerName, left);
      else this.#pending.delete(workerName);
    };
  }

  /** Leases held here on a worker. */
  own(workerName: string): number {
    return this.#byWorker.get(workerName)?.size ?? 0;
  }

  /** Places taken on a worker, by whomever, with the claims under way. */
  taken(workerName: string): number {
    return this.own(workerName) + (this.#pending.get(workerName) ?? 0) + (this.#others.get(workerName) ?? 0);
  }

  /** Notes how many places Redis has counted on a worker; those not ours are others'. */
  noteCount(workerName: string, count: number): void {
    const others = count - this.#backed(workerName);
    if (others > 0) this.#others.set(workerName, others);
    else this.#others.delete(workerName);
  }

  /** Somebody has let go of a place on a worker. */
  noteFreed(workerName: string): void {
    const others = (this.#others.get(workerName) ?? 0) - 1;
    if (others > 0) this.#others.set(workerName, others);
    else this.#others.delete(workerName);
  }

  /** Forgets what others hold on workers other than these. */
  retainOthers(workerNames: ReadonlySet<string>): void {
    this.#others = new Map([...this.#others].filter(([name]) => workerNames.has(name)));
  }

  #backed(workerName: string): number {
    let count = 0;
    for (const held of this.#byWorker.get(workerName)?.values() ?? []) if (held.isBacked) count += 1;
    return count;
  }
}
