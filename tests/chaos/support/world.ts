import { setTimeout as wait } from 'node:timers/promises';
import type { ServerProcess } from '@parley/testkit';
import { Fleet, type FleetWorker } from '../../workers/support/fleet.ts';
import type { Ledger } from './ledger.ts';

/** What a process is. `gone`: it was killed, or is being ended. */
export type MemberState = 'up' | 'frozen' | 'gone';

/** An orchestrator, which may die and is then another one. */
export interface Orchestrator {
  readonly name: string;
  readonly server: ServerProcess;
  state: MemberState;
  /** When it came to be in that state, by `performance.now()`. */
  sinceMs: number;
  /** Clients connected to it. */
  clients: number;
  readonly sessionIds: Set<string>;
}

/** A worker, likewise. */
export interface Worker {
  readonly name: string;
  readonly cap: number;
  readonly process: FleetWorker;
  state: MemberState;
}

/**
 * How many sessions each lasting worker takes. Two of four can carry all clients of two orchestrators, also without
 * Redis, when each orchestrator gives half of the places only.
 */
const WORKER_CAP = 48;

// Text turns into a frame for each character, and comes at different speeds; the last as fast as it is taken.
const SPEEDS: Readonly<Record<string, number>> = { w1: 1.2, w2: 1.5, w3: 3, w4: 0 };
// A crowd is to be short of workers, not of connections.
const SETTINGS = ['transport.websocket.max_connections=1000'];
const READY_POLL_MS = 50;
/** After trouble with Redis, places are given with caution for so long. */
const CAUTION_MS = 6000;

/** Orchestrators, workers and Redis, and in what state they are now. */
export class World implements AsyncDisposable {
  readonly fleet: Fleet;
  readonly ledger: Ledger;
  /** All that there have been. */
  readonly orchestrators: Orchestrator[] = [];
  readonly workers: Map<string, Worker> = new Map();
  readonly #closing = new AbortController();
  #crowds = 0;
  #redis: { readonly isWell: boolean; readonly sinceMs: number } = { isWell: true, sinceMs: -Infinity };
  #wasCrowdedUntilMs = -Infinity;

  private constructor(fleet: Fleet, ledger: Ledger) {
    this.fleet = fleet;
    this.ledger = ledger;
  }

  /** Starts 3 orchestrators, 4 workers and Redis. Whoever starts it stops it. */
  static async start(ledger: Ledger): Promise<World> {
    const world = new World(await Fleet.start({ servers: 0, workers: {}, settings: SETTINGS }), ledger);
    try {
      await Promise.all([
        ...['o1', 'o2', 'o3'].map((name) => world.startOrchestrator(name)),
        ...Object.keys(SPEEDS).map((name) => world.startWorker(name)),
      ]);
      await world.fleet.untilKnown();
      return world;
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  /** Waits so long, or until the world is stopped. */
  async sleep(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.#closing.signal }).catch(() => undefined);
  }

  async startOrchestrator(name: string): Promise<Orchestrator> {
    const server = await this.fleet.startServer();
    const sinceMs = performance.now();
    const made: Orchestrator = { name, server, state: 'up', sinceMs, clients: 0, sessionIds: new Set() };
    await this.#untilReady(made);
    this.orchestrators.push(made);
    return made;
  }

  async startWorker(name: string, cap: number = WORKER_CAP): Promise<Worker> {
    const options = ['ms_per_char=20', `speed=${SPEEDS[name] ?? 1.5}`, 'lead_ms=100'];
    const args = ['--engine', 'tone', '--max-sessions', `${cap}`, '--log-level', 'warn'];
    const process = await this.fleet.startWorker(name, [
      ...args,
      ...options.flatMap((option) => ['-O', option]),
    ]);
    const made: Worker = { name, cap, process, state: 'up' };
    this.workers.set(name, made);
    return made;
  }

  /** The orchestrators that live now, frozen ones too. */
  living(): readonly Orchestrator[] {
    return this.orchestrators.filter(({ state }) => state !== 'gone');
  }

  /** Counts a client to the orchestrator with the fewest that answers; waits for one. */
  async joinOrchestrator(): Promise<Orchestrator> {
    for (;;) {
      const [quietest] = this.orchestrators
        .filter(({ state }) => state === 'up')
        .toSorted((a, b) => a.clients - b.clients);
      if (quietest !== undefined) {
        quietest.clients += 1;
        return quietest;
      }
      await this.sleep(READY_POLL_MS);
    }
  }

  /** Redis is not what it was from now on, until `redisIsWell`. */
  redisIsIll(): void {
    this.#redis = { isWell: false, sinceMs: performance.now() };
  }

  redisIsWell(): void {
    this.#redis = { isWell: true, sinceMs: performance.now() };
  }

  /** Has all places taken while `work` goes on. */
  async whileCrowded<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#crowds += 1;
    try {
      return await work();
    } finally {
      this.#crowds -= 1;
      this.#wasCrowdedUntilMs = performance.now() + CAUTION_MS;
    }
  }

  /**
   * Whether a text may be put off, not a frame of which was heard: in a crowd, where a session between two texts
   * makes room for another; and for a session that has not spoken yet while fewer places are given for want of
   * Redis.
   */
  mayRefuse(isNewSession: boolean): boolean {
    const nowMs = performance.now();
    if (this.#crowds > 0 || nowMs < this.#wasCrowdedUntilMs) return true;
    const isCautious = !this.#redis.isWell || nowMs < this.#redis.sinceMs + CAUTION_MS;
    return isNewSession && isCautious;
  }

  /** Whether Redis answers, and has done so for a while. */
  isRedisWell(forMs: number = 0): boolean {
    return this.#redis.isWell && performance.now() >= this.#redis.sinceMs + forMs;
  }

  /** Ends everything. Idempotent. */
  async stop(): Promise<void> {
    this.#closing.abort();
    // What is frozen cannot end by itself.
    for (const { server, state } of this.living()) if (state === 'frozen') server.kill('SIGCONT');
    for (const { process, state } of this.workers.values())
      if (state === 'frozen') process.process.kill('SIGCONT');
    this.fleet.redis.resume();
    await this.fleet.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Listening is not yet serving: the workers have to be known. */
  async #untilReady({ server }: Orchestrator): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const answer = await fetch(`${server.url}/readyz`).catch(() => undefined);
      if (answer?.status === 200) return;
      await this.sleep(READY_POLL_MS);
    }
  }
}
