export { MemoryRegistry, type MemoryRegistryOptions } from './memory/memory-registry.ts';
export { waitForFirstWorkers } from './wait-for-workers.ts';
export type { WaitForWorkersOptions, WorkerAnnouncements, WorkerRegistry } from './worker-registry.ts';
