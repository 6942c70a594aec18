import { randomUUID } from 'node:crypto';
import { connectRedis, type RedisStatus } from '@parley/worker-api';
import { resolveRegistryKind, type OrchestratorConfig } from './config/index.ts';
import type { FleetCounters, FleetSample } from './observability/index.ts';
import { type FleetOperations, openOperations, openStaticOperations } from './open-operations.ts';
import { ParleyError } from './parley-error.ts';
import {
  MemoryRegistry,
  RedisRegistry,
  type WorkerAnnouncements,
  type WorkerRegistry,
} from './registry/index.ts';
import {
  MemoryLeaseBook,
  MemoryLoadLock,
  RedisLeaseBook,
  RedisLoadLock,
  RegistryRouter,
  StaticRouter,
  type LeaseBook,
  type LoadLock,
  type Router,
} from './routing/index.ts';
import type { Clock } from './session/ports/clock.ts';
import type { Logger } from './session/ports/logger.ts';
import type { Teardown } from './teardown.ts';
import { DrainableRegistry, MemoryDrainMarks, RedisDrainMarks } from './worker-admin/index.ts';

/** The workers that an orchestrator can use, and how it shares them with others. */
export interface Fleet {
  readonly router: Router;
  /** Absent where there is one fixed worker and nothing else. */
  readonly registry?: WorkerRegistry;
  /** How places on workers are counted, where orchestrators share the count. */
  readonly leaseStatus?: () => RedisStatus;
  /** Lets one model be loaded on a worker at a time. */
  readonly loadLock: LoadLock;
  /** Where a worker of our own is made known. */
  readonly announcements?: WorkerAnnouncements;
  /** What operators see of the workers and do to them. */
  readonly operations: FleetOperations;
}

const MS_PER_SECOND = 1000;

/**
 * Opens registry, leases and router as configured; everything is added to `teardown`.
 *
 * @throws ParleyError `UNSUPPORTED` when nothing says where workers are, `WORKER_ADDRESS_INVALID`
 * @throws RedisError `REDIS_URL_INVALID`
 */
export function openFleet(
  config: OrchestratorConfig,
  clock: Clock,
  logger: Logger,
  teardown: Teardown,
  metrics: FleetCounters,
): Fleet {
  const kind = resolveRegistryKind(config);
  switch (kind) {
    case 'memory': {
      const announcements = new MemoryRegistry({ clock, ttlMs: ttlMsOf(config) });
      const marks = new MemoryDrainMarks();
      const registry = new DrainableRegistry(announcements, marks);
      teardown.add('registry', () => registry.close());
      const leases = new MemoryLeaseBook(metrics);
      const router = openRouter(config, clock, teardown, registry, leases);
      metrics.observeFleet(() => sampleOf(router, leases));
      const loadLock = new MemoryLoadLock(clock);
      const operations = openOperations({ config, clock, teardown, loadLock }, { registry, leases, marks });
      return { router, registry, announcements, loadLock, operations };
    }
    case 'redis':
      return openShared(config, clock, logger, teardown, metrics);
    case 'none': {
      const addr = config.routing.static_worker_addr;
      if (addr !== undefined) {
        const router = new StaticRouter(addr);
        const loadLock = new MemoryLoadLock(clock);
        const operations = openStaticOperations(
          { config, clock, teardown, loadLock },
          router.getStaticWorker(),
        );
        return { router, loadLock, operations };
      }
      throw new ParleyError(
        'UNSUPPORTED',
        'nothing says where workers are: set routing.static_worker_addr, redis.url or workers.embedded.enabled',
      );
    }
    default:
      return kind satisfies never;
  }
}

function openShared(
  config: OrchestratorConfig,
  clock: Clock,
  logger: Logger,
  teardown: Teardown,
  metrics: FleetCounters,
): Fleet {
  const { redis } = config;
  const link = connectRedis({
    url: redis.url,
    db: redis.db,
    clientName: 'parley-orchestrator',
    clock,
    logger,
  });
  teardown.add('redis', () => link.close());
  const found = new RedisRegistry({
    link,
    clock,
    logger,
    keyPrefix: redis.worker_key_prefix,
    ttlMs: ttlMsOf(config),
  });
  const marks = new RedisDrainMarks({ link, workerKeyPrefix: redis.worker_key_prefix, clock, logger });
  const registry = new DrainableRegistry(found, marks);
  teardown.add('registry', () => registry.close());
  const leases = new RedisLeaseBook({
    link,
    clock,
    logger,
    owner: randomUUID(),
    workerKeyPrefix: redis.worker_key_prefix,
    workerNames: () => registry.snapshot().map(({ name }) => name),
    metrics,
  });
  teardown.add('leases', () => leases.close());
  const router = openRouter(config, clock, teardown, registry, leases);
  metrics.observeFleet(() => sampleOf(router, leases));
  const loadLock = new RedisLoadLock({ link, clock });
  const operations = openOperations({ config, clock, teardown, loadLock }, { registry, leases, marks });
  return { router, registry, leaseStatus: () => leases.status(), loadLock, operations };
}

function openRouter(
  config: OrchestratorConfig,
  clock: Clock,
  teardown: Teardown,
  registry: WorkerRegistry,
  leases: LeaseBook,
): Router {
  const { routing } = config;
  if (routing.static_worker_addr !== undefined) return new StaticRouter(routing.static_worker_addr);
  const router = new RegistryRouter({
    registry,
    clock,
    leases,
    strategy: routing.load_balance_strategy,
    preferResident: routing.prefer_resident_models,
    staleAfterMs: ttlMsOf(config),
    capacityWaitMs: routing.capacity_wait_ms,
    random: Math.random,
  });
  teardown.add('router', () => router.close());
  return router;
}

function sampleOf(router: Router, leases: LeaseBook): FleetSample {
  const { total, unbacked } = leases.held();
  return { leasesHeld: total, leasesUnbacked: unbacked, ...router.condition() };
}

/** Age from which a worker without a heartbeat counts as gone. */
function ttlMsOf({ redis }: OrchestratorConfig): number {
  return redis.worker_ttl_seconds * MS_PER_SECOND;
}
