import { DEFAULT_WORKER_KEY_PREFIX, leaseKeyPrefix, RedisError, type RedisStatus } from '@parley/worker-api';
import type { Clock, Timer } from '../../session/ports/clock.ts';
import type { Logger } from '../../session/ports/logger.ts';
import type { Lease, LeaseBook, LeaseCandidate } from '../lease-book.ts';
import { HeldLeases } from './held-leases.ts';
import { type ClaimOutcome, type LeaseMetrics, noLeaseMetrics } from '../lease-metrics.ts';
import type { LeaseBookContext } from './lease-book-context.ts';
import { LeaseCount } from './lease-count.ts';
import type { LeaseLink } from './lease-link.ts';
import { LeaseRenewal } from './lease-renewal.ts';
import { releaseScript } from './lease-scripts.ts';
import { RedisTime } from './redis-time.ts';
import { type SharedClaim, SharedClaims } from './shared-claims.ts';

/** Options of {@link RedisLeaseBook}. */
export interface RedisLeaseBookOptions {
  /**
   * Not closed by the book. One server: a claim looks at many workers' keys in one step, which a Redis Cluster
   * cannot.
   */
  readonly link: LeaseLink;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Unique for each life of each orchestrator: part of every lease's id. */
  readonly owner: string;
  /** Start of the keys of worker records, from which those of leases follow; `worker:` (`lease:`) by default. */
  readonly workerKeyPrefix?: string;
  /** The workers whose leases are counted in the background; none by default. */
  readonly workerNames?: () => readonly string[];
  /** Life of a lease that is not renewed, in ms; 10,000 by default. */
  readonly ttlMs?: number;
  /** How often all leases are renewed, in ms; 3000 by default. */
  readonly renewMs?: number;
  /** How often the leases of others are counted, in ms; 1000 by default, and less often where workers are many. */
  readonly countMs?: number;
  /**
   * Workers whose leases are counted in a second at most, on average. Every orchestrator asks for all workers: this
   * bounds what one costs Redis. 1000 by default, about 0.3 % of its core.
   */
  readonly countsPerSecond?: number;
  /** Longest a claim may take, in ms, whatever Redis does; 250 by default. */
  readonly claimTimeoutMs?: number;
  /** Share of a worker's places, rounded up, that we take on our own while Redis cannot be asked; 0.5 by default. */
  readonly localShare?: number;
  /**
   * For so long, in ms, after Redis was found empty all orchestrators together take only that share, as others
   * have yet to enter the leases they hold; 3000 by default.
   */
  readonly recoveryMs?: number;
  readonly metrics?: LeaseMetrics;
  /** Numbers between 0 and 1 that spread attempts; `Math.random` by default. */
  readonly random?: () => number;
}

const RECOVERY_RETRY_MS = 1000;

/**
 * The leases of all orchestrators of a Redis. Each claim is one step there, so that together they never hold more
 * on a worker than it takes. Leases run out by the clock of Redis unless their owner lives to renew them.
 *
 * Without Redis, places are counted here alone, and fewer are given. When it is back, the leases that live are
 * entered before new ones are asked for; one for which there is no room any more stays valid here and is tried
 * again with each renewal, as its session is there: the worker itself refuses what is too much.
 */
export class RedisLeaseBook implements LeaseBook {
  readonly #options: RedisLeaseBookOptions;
  readonly #channel: string;
  readonly #held = new HeldLeases();
  readonly #context: LeaseBookContext;
  readonly #shared: SharedClaims;
  readonly #renewal: LeaseRenewal;
  readonly #counts: LeaseCount;
  readonly #metrics: LeaseMetrics;
  readonly #listeners = new Set<(workerName?: string) => void>();
  readonly #timers: readonly Timer[];
  readonly #stopListening: readonly (() => void)[];
  /** Why places are counted here alone; `undefined` while Redis counts them. */
  #alone: Extract<RedisStatus, { kind: 'degraded' }> | undefined;
  #retry: Timer | undefined;
  #claims = 0;
  #countDueMs = 0;
  #closed = false;

  constructor(options: RedisLeaseBookOptions) {
    this.#options = options;
    const { link, clock, logger, metrics = noLeaseMetrics } = options;
    const prefix = leaseKeyPrefix(options.workerKeyPrefix ?? DEFAULT_WORKER_KEY_PREFIX);
    this.#channel = `${prefix}changes`;
    this.#metrics = metrics;
    this.#context = {
      link,
      clock,
      logger,
      held: this.#held,
      time: new RedisTime(clock),
      // Not under the prefix, where a worker might have its name.
      bookKey: `book-of-${prefix}`,
      keyOf: (workerName) => `${prefix}${workerName}`,
      ttlMs: options.ttlMs ?? 10_000,
    };
    this.#shared = new SharedClaims(this.#context, {
      timeoutMs: options.claimTimeoutMs ?? 250,
      recoveryMs: options.recoveryMs ?? 3000,
      share: options.localShare ?? 0.5,
    });
    this.#renewal = new LeaseRenewal(this.#context);
    this.#counts = new LeaseCount(this.#context);
    this.#alone = { kind: 'degraded', sinceWallMs: clock.wallMs(), why: 'not connected yet' };
    this.#timers = [
      clock.setInterval(options.renewMs ?? 3000, () => void this.#keepUp()),
      clock.setInterval(options.countMs ?? 1000, () => void this.#count()),
    ];
    this.#stopListening = [
      link.onChange((isReady) => {
        if (isReady) void this.#recover();
        else this.#goAlone();
      }),
      link.subscribe(this.#channel, (workerName) => this.#freed(workerName)),
    ];
    if (link.isReady) void this.#recover();
  }

  /** How many leases are held here. */
  get size(): number {
    return this.#held.size;
  }

  async claim(sessionId: string, candidates: readonly LeaseCandidate[]): Promise<Lease | undefined> {
    if (this.#closed || candidates.length === 0) return undefined;
    const { clock, owner } = this.#options;
    const startedMs = clock.nowMs();
    this.#claims += 1;
    const id = `${owner}/${this.#claims}/${sessionId}`;
    const arrived = this.#held.expect(candidates[0]?.workerName ?? '');
    try {
      const shared = this.#alone === undefined ? await this.#claimShared(id, candidates) : undefined;
      switch (shared?.kind) {
        case 'taken':
          return await this.#keep(shared.lease, startedMs);
        case 'no_room':
          this.#noteClaim('no_room', startedMs);
          return undefined;
        case 'late':
        case 'book_lost':
        case undefined:
          return this.#takeAlone(id, candidates, startedMs);
        default:
          return shared satisfies never;
      }
    } finally {
      arrived();
    }
  }

  async release(lease: Lease): Promise<void> {
    const held = this.#held.remove(lease);
    if (held === undefined) return;
    this.#tell(lease.workerName);
    await this.#giveBack(lease, held.capacity);
  }

  activeSessions(workerName: string): number {
    return this.#held.taken(workerName);
  }

  /** Unbacked are those that Redis did not know, or had no room for, when it was last asked. */
  held(): { readonly total: number; readonly unbacked: number } {
    return { total: this.#held.size, unbacked: this.#held.unbacked };
  }

  onRelease(listener: (workerName?: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Whether places are counted with all others, or here alone. */
  status(): RedisStatus {
    return this.#alone ?? { kind: 'ok' };
  }

  /** Gives all leases back, in bounded time, and stops. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#retry?.cancel();
    for (const stop of this.#stopListening) stop();
    this.#listeners.clear();
    await Promise.all(Array.from(this.#held.all(), ({ lease }) => this.release(lease)));
  }

  async #claimShared(id: string, candidates: readonly LeaseCandidate[]): Promise<SharedClaim | undefined> {
    try {
      const claim = await this.#shared.claim(id, candidates);
      if (claim.kind === 'book_lost') {
        this.#goAlone('redis has lost its leases');
        void this.#recover();
      }
      return claim;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  async #keep(lease: Lease, startedMs: number): Promise<Lease | undefined> {
    if (this.#closed) {
      await this.release(lease);
      return undefined;
    }
    this.#noteClaim('shared', startedMs);
    return lease;
  }

  #takeAlone(id: string, candidates: readonly LeaseCandidate[], startedMs: number): Lease | undefined {
    if (this.#closed) return undefined;
    const { localShare = 0.5 } = this.#options;
    const free = candidates.find(
      ({ workerName, capacity }) => this.#held.own(workerName) < Math.ceil(capacity * localShare),
    );
    this.#noteClaim(free === undefined ? 'no_room' : 'local', startedMs);
    if (free === undefined) return undefined;
    const lease = { id, workerName: free.workerName };
    this.#held.add({ lease, capacity: free.capacity, isBacked: false });
    return lease;
  }

  async #giveBack({ id, workerName }: Lease, capacity: number): Promise<void> {
    const { link } = this.#options;
    // What Redis cannot be told of runs out there.
    if (!link.isReady) return;
    const args = [id, `${capacity}`, this.#channel, workerName];
    await link.script(releaseScript, [this.#context.keyOf(workerName)], args).catch(() => undefined);
  }

  async #keepUp(): Promise<void> {
    if (this.#alone !== undefined) return;
    try {
      await this.#renewal.renew();
    } catch (error) {
      this.#failed(error);
    }
  }

  async #recover(): Promise<void> {
    this.#retry?.cancel();
    if (this.#closed || this.#alone === undefined) return;
    const { clock, logger } = this.#options;
    try {
      await this.#renewal.renew();
      // Places that were given here while the others were being entered.
      if (this.#held.unbacked > 0) await this.#renewal.renew();
    } catch (error) {
      this.#failed(error);
      return;
    }
    if (this.#closed || this.#alone === undefined || !this.#options.link.isReady) return;
    const downMs = clock.wallMs() - this.#alone.sinceWallMs;
    this.#alone = undefined;
    logger.info(
      { down_ms: Math.round(downMs), leases: this.#held.size },
      'places on workers are counted in redis',
    );
    this.#tell();
  }

  #failed(error: unknown): void {
    const isOfLink = error instanceof RedisError && error.code !== 'REDIS_REFUSED';
    // Of a connection that failed, the link knows best what happened.
    this.#goAlone(isOfLink ? undefined : error instanceof Error ? error.message : String(error));
  }

  #goAlone(refusal?: string): void {
    if (this.#closed) return;
    const { link, clock, logger, random = Math.random } = this.#options;
    const status = link.status();
    const why = refusal ?? (status.kind === 'degraded' ? status.why : 'no answer');
    if (this.#alone?.why !== why) {
      logger.warn(
        { why, leases: this.#held.size },
        'places on workers are counted here alone, and fewer are given',
      );
    }
    this.#alone = { kind: 'degraded', sinceWallMs: this.#alone?.sinceWallMs ?? clock.wallMs(), why };
    // A connection that comes back starts the recovery itself.
    this.#retry?.cancel();
    if (!link.isReady) return;
    this.#retry = clock.setTimer(RECOVERY_RETRY_MS * (0.5 + random() / 2), () => void this.#recover());
  }

  async #count(): Promise<void> {
    const { workerNames, clock, countsPerSecond = 1000 } = this.#options;
    if (workerNames === undefined || this.#alone !== undefined || clock.nowMs() < this.#countDueMs) return;
    const names = workerNames();
    this.#countDueMs = clock.nowMs() + (names.length / countsPerSecond) * 1000;
    await this.#counts.refresh(names);
  }

  /** We hear of places that we have freed ourselves, too, and take them for others': the next count puts that right. */
  #freed(workerName: string): void {
    this.#held.noteFreed(workerName);
    this.#tell(workerName);
  }

  #tell(workerName?: string): void {
    for (const listener of this.#listeners) listener(workerName);
  }

  #noteClaim(outcome: ClaimOutcome, startedMs: number): void {
    this.#metrics.claimDone(outcome, this.#options.clock.nowMs() - startedMs);
  }
}
