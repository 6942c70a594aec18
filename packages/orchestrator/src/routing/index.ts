export { languageMatches } from './language-match.ts';
export type { Lease, LeaseBook, LeaseCandidate } from './lease-book.ts';
export type { LoadLock, LoadPermit } from './load-lock.ts';
export { MemoryLeaseBook } from './memory-lease-book.ts';
export { MemoryLoadLock } from './memory-load-lock.ts';
export { type ClaimOutcome, type LeaseMetrics, noLeaseMetrics } from './lease-metrics.ts';
export { RedisLeaseBook, type RedisLeaseBookOptions } from './redis/redis-lease-book.ts';
export { RedisLoadLock, type RedisLoadLockOptions } from './redis/redis-load-lock.ts';
export { RegistryRouter, type RegistryRouterOptions } from './registry-router.ts';
export type { NoWorkerReason } from './requirements.ts';
export {
  RETRY_AFTER_MS,
  type NoPlaceReason,
  type Router,
  type RouterCondition,
  type RouteResult,
  type WorkerCounts,
  type WorkerOutcome,
  type WorkerPlace,
} from './router.ts';
export { STATIC_WORKER, StaticRouter } from './static-router.ts';
export { orderWorkers, type StrategyContext } from './strategies.ts';
export type { CapabilityName, WorkerRequest } from './worker-request.ts';
