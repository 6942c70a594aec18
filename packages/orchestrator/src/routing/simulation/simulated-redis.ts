import { RedisError, type RedisReply, type RedisScript } from '@parley/worker-api';
import type { LeaseLink } from '../redis/lease-link.ts';
import { costUs, type RedisCommand } from './redis-costs.ts';
import { SimulatedLeases } from './simulated-leases.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Options of {@link SimulatedRedis}. */
export interface SimulatedRedisOptions {
  readonly clock: VirtualClock;
  readonly random: () => number;
  /** Shortest way to Redis or back, in ms; each message takes up to twice as long. */
  readonly wayMs: number;
}

/** What Redis was asked to do. */
export interface RedisLoad {
  /** Commands by name. */
  readonly commands: Map<RedisCommand, number>;
  /** Candidates that all claims together looked at. */
  claimsLooked: number;
  /** CPU time, by the costs of `redis-costs.ts`. */
  busyUs: number;
}

const NOTHING = (): void => undefined;

/** One Redis with many links: it does one command after the other, each at its cost, and messages take their time. */
export class SimulatedRedis {
  readonly leases: SimulatedLeases = new SimulatedLeases();
  readonly #options: SimulatedRedisOptions;
  readonly #listeners = new Map<string, Set<(message: string) => void>>();
  #freeAtMs = 0;
  #load: RedisLoad = emptyLoad();

  constructor(options: SimulatedRedisOptions) {
    this.#options = options;
  }

  /** What it has done since this was asked last. */
  takeLoad(): RedisLoad {
    const load = this.#load;
    this.#load = emptyLoad();
    return load;
  }

  /** Accounts for a command whose effect is simulated elsewhere. Returns when it is done. */
  charge(command: RedisCommand, named: number, touched = 0): number {
    const us = costUs(command, named, touched);
    this.#load.commands.set(command, (this.#load.commands.get(command) ?? 0) + 1);
    this.#load.busyUs += us;
    this.#freeAtMs = Math.max(this.#freeAtMs, this.#options.clock.nowMs()) + us / 1000;
    return this.#freeAtMs;
  }

  /** A connection of one orchestrator, always ready. */
  link(): LeaseLink {
    return {
      isReady: true,
      status: () => ({ kind: 'ok' }),
      onChange: () => NOTHING,
      subscribe: (channel, listener) => {
        const listeners = this.#listeners.get(channel) ?? new Set();
        this.#listeners.set(channel, listeners.add(listener));
        return () => void listeners.delete(listener);
      },
      script: (script, keys, args, options) => this.#script(script, keys, args, options?.timeoutMs ?? 1000),
    };
  }

  #script(
    { name }: RedisScript,
    keys: readonly string[],
    args: readonly string[],
    timeoutMs: number,
  ): Promise<RedisReply> {
    const { clock } = this.#options;
    return new Promise((resolve, reject) => {
      const late = clock.setTimer(timeoutMs, () =>
        reject(new RedisError('REDIS_TIMEOUT', `Redis did not answer ${name} within ${timeoutMs} ms.`)),
      );
      const answered = (reply: readonly number[]): void => {
        late.cancel();
        resolve(reply);
      };
      clock.setTimer(this.#wayMs(), () => this.#arrived(name, keys, args, answered));
    });
  }

  #arrived(
    name: string,
    keys: readonly string[],
    args: readonly string[],
    answered: (reply: readonly number[]) => void,
  ): void {
    const { clock } = this.#options;
    const { reply, touched, published } = this.leases.run(name, keys, args, Math.floor(clock.nowMs()));
    const doneMs = this.charge(commandOf(name), name === 'renew_leases' ? touched : keys.length, touched);
    if (name === 'claim_lease') this.#load.claimsLooked += touched;
    clock.setTimer(doneMs - clock.nowMs() + this.#wayMs(), () => answered(reply));
    if (published !== undefined) this.#publish(...published);
  }

  #publish(channel: string, message: string): void {
    const listeners = this.#listeners.get(channel) ?? [];
    this.charge('publish', [...listeners].length);
    const { clock } = this.#options;
    for (const listener of listeners) clock.setTimer(this.#wayMs(), () => listener(message));
  }

  #wayMs(): number {
    const { wayMs, random } = this.#options;
    return wayMs * (1 + random());
  }
}

function emptyLoad(): RedisLoad {
  return { commands: new Map(), claimsLooked: 0, busyUs: 0 };
}

function commandOf(script: string): RedisCommand {
  switch (script) {
    case 'claim_lease':
    case 'renew_leases':
    case 'release_lease':
    case 'count_leases':
      return script;
    default:
      throw new Error(`The simulated Redis has no script ${script}.`);
  }
}
