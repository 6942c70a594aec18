/** What a script answers, and what it had to touch for that. */
export interface SimulatedAnswer {
  readonly reply: readonly number[];
  /** Sets or leases touched. */
  readonly touched: number;
  /** Channel and message told to all, if any. */
  readonly published?: readonly [channel: string, message: string];
}

interface LeaseSet {
  /** Ends of leases by id. */
  readonly ends: Map<string, number>;
  /** No lease ends before. */
  soonestMs: number;
}

/**
 * What the scripts of `redis/lease-scripts.ts` do in Redis, in virtual time. Not the product's code, which is Lua:
 * the contract tests of lease books hold for both.
 */
export class SimulatedLeases {
  readonly #sets = new Map<string, LeaseSet>();
  readonly #books = new Map<string, number>();

  /** Places taken under a key. */
  taken(key: string, nowMs: number): number {
    return this.#live(key, nowMs).ends.size;
  }

  /** Runs the script of this name. @throws Error for one that it does not know */
  run(name: string, keys: readonly string[], args: readonly string[], nowMs: number): SimulatedAnswer {
    if (name !== 'release_lease' && nowMs > Number(args[0])) return { reply: [-1, nowMs], touched: 0 };
    switch (name) {
      case 'claim_lease':
        return this.#claim(keys, args, nowMs);
      case 'renew_leases':
        return this.#renew(keys, args, nowMs);
      case 'release_lease':
        return this.#release(keys, args, nowMs);
      case 'count_leases':
        return { reply: [1, nowMs, ...keys.map((key) => this.taken(key, nowMs))], touched: keys.length };
      default:
        throw new Error(`The simulated Redis has no script ${name}.`);
    }
  }

  #claim([book = '', ...keys]: readonly string[], args: readonly string[], nowMs: number): SimulatedAnswer {
    const [, id = '', lifeMs, recoveryMs, share, ...capacities] = args;
    const since = this.#books.get(book);
    if (since === undefined) return { reply: [-2, nowMs], touched: 0 };
    const part = nowMs - since < Number(recoveryMs) ? Number(share) : 1;
    const counts: number[] = [];
    for (const [index, key] of keys.entries()) {
      const set = this.#live(key, nowMs);
      if (set.ends.size < Math.ceil(Number(capacities[index]) * part)) {
        enter(set, id, nowMs + Number(lifeMs));
        return { reply: [index + 1, nowMs, ...counts, set.ends.size], touched: index + 1 };
      }
      counts.push(set.ends.size);
    }
    return { reply: [0, nowMs, ...counts], touched: keys.length };
  }

  #renew([book = '', ...keys]: readonly string[], args: readonly string[], nowMs: number): SimulatedAnswer {
    if (!this.#books.has(book)) this.#books.set(book, nowMs);
    const [, lifeMs] = args;
    const refused: number[] = [];
    let at = 2;
    let position = 0;
    for (const key of keys) {
      const set = this.#live(key, nowMs);
      const [capacity, count] = [Number(args[at]), Number(args[at + 1])];
      at += 2;
      for (const id of args.slice(at, at + count)) {
        position += 1;
        if (set.ends.has(id) || set.ends.size < capacity) enter(set, id, nowMs + Number(lifeMs));
        else refused.push(position);
      }
      at += count;
    }
    return { reply: [1, nowMs, ...refused], touched: position };
  }

  #release([key = '']: readonly string[], args: readonly string[], nowMs: number): SimulatedAnswer {
    const [id = '', capacity, channel = '', workerName = ''] = args;
    const { ends } = this.#live(key, nowMs);
    if (!ends.delete(id)) return { reply: [0], touched: 1 };
    const wasFull = ends.size >= Number(capacity) - 1;
    return { reply: [1], touched: 1, ...(wasFull && { published: [channel, workerName] }) };
  }

  #live(key: string, nowMs: number): LeaseSet {
    const set = this.#sets.get(key) ?? { ends: new Map<string, number>(), soonestMs: Infinity };
    this.#sets.set(key, set);
    if (nowMs < set.soonestMs) return set;
    set.soonestMs = Infinity;
    for (const [id, endMs] of set.ends) {
      if (endMs <= nowMs) set.ends.delete(id);
      else set.soonestMs = Math.min(set.soonestMs, endMs);
    }
    return set;
  }
}

function enter(set: LeaseSet, id: string, endMs: number): void {
  set.ends.set(id, endMs);
  set.soonestMs = Math.min(set.soonestMs, endMs);
}
