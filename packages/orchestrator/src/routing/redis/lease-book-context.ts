import type { Clock } from '../../session/ports/clock.ts';
import type { Logger } from '../../session/ports/logger.ts';
import type { HeldLeases } from './held-leases.ts';
import type { LeaseLink } from './lease-link.ts';
import type { RedisTime } from './redis-time.ts';

/** What the parts of a lease book share. */
export interface LeaseBookContext {
  readonly link: LeaseLink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly held: HeldLeases;
  readonly time: RedisTime;
  /** Key whose absence tells that Redis has lost everything. */
  readonly bookKey: string;
  /** Key of the leases on a worker. */
  readonly keyOf: (workerName: string) => string;
  /** Life of a lease, in ms. */
  readonly ttlMs: number;
}
