export { MemoryRegistry, type MemoryRegistryOptions } from './memory/memory-registry.ts';
export { RedisRegistry, type RedisRegistryOptions } from './redis/redis-registry.ts';
export { waitForFirstWorkers } from './wait-for-workers.ts';
export type {
  KnownWorker,
  RegistryStatus,
  WaitForWorkersOptions,
  WorkerAnnouncements,
  WorkerRegistry,
} from './worker-registry.ts';
