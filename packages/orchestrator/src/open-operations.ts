import type { OrchestratorConfig } from './config/index.ts';
import type { WorkerAdmin, WorkerDirectory } from './http/index.ts';
import type { WorkerRegistry } from './registry/index.ts';
import { type LeaseBook, type LoadLock, STATIC_WORKER } from './routing/index.ts';
import type { Clock } from './session/ports/clock.ts';
import type { Teardown } from './teardown.ts';
import { WorkerChannels } from './tts/worker-channels.ts';
import {
  createGrpcWorkerAdmin,
  createStaticDirectory,
  createWorkerDirectory,
  type DrainMarks,
} from './worker-admin/index.ts';

/** What the HTTP side shows of the workers and does to them. */
export interface FleetOperations {
  readonly workers: WorkerDirectory;
  readonly workerAdmin: WorkerAdmin;
}

/** What {@link openOperations} works with. */
export interface OperationsOptions {
  readonly config: OrchestratorConfig;
  readonly clock: Clock;
  readonly teardown: Teardown;
  readonly loadLock: LoadLock;
}

/** The parts of a fleet that is looked up. */
export interface SharedParts {
  readonly registry: WorkerRegistry;
  readonly leases: LeaseBook;
  readonly marks: DrainMarks;
}

/** Opens what operators use, for workers that are looked up; its connections are closed by `teardown`. */
export function openOperations(options: OperationsOptions, parts: SharedParts): FleetOperations {
  const { clock, loadLock, config } = options;
  const { registry, leases, marks } = parts;
  const staleAfterMs = config.redis.worker_ttl_seconds * 1000;
  return {
    workers: createWorkerDirectory({ registry, leases, clock, staleAfterMs }),
    workerAdmin: createGrpcWorkerAdmin({
      find: (wanted) => registry.snapshot().find(({ name }) => name === wanted),
      connect: connectWith(options),
      marks,
      loadLock,
      clock,
    }),
  };
}

/** The same for one fixed worker. */
export function openStaticOperations(options: OperationsOptions, addr: string): FleetOperations {
  const { clock, loadLock } = options;
  return {
    workers: createStaticDirectory(STATIC_WORKER, addr),
    workerAdmin: createGrpcWorkerAdmin({
      find: (wanted) => (wanted === STATIC_WORKER ? { addr } : undefined),
      connect: connectWith(options),
      loadLock,
      clock,
    }),
  };
}

/** Connections apart from those of sessions: loading a model must not stand in the way of speech. */
function connectWith({
  clock,
  teardown,
}: OperationsOptions): (addr: string) => ReturnType<WorkerChannels['acquire']> {
  const channels = new WorkerChannels({ clock });
  teardown.add('connections of operators', () => channels.close());
  return (addr) => channels.acquire(addr);
}
