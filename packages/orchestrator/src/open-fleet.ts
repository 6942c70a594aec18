import { randomUUID } from 'node:crypto';
import { connectRedis } from '@parley/worker-api';
import { resolveRegistryKind, type OrchestratorConfig } from './config/index.ts';
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

/** The workers that an orchestrator can use, and how it shares them with others. */
export interface Fleet {
  readonly router: Router;
  /** Absent where there is one fixed worker and nothing else. */
  readonly registry?: WorkerRegistry;
  /** Lets one model be loaded on a worker at a time. */
  readonly loadLock: LoadLock;
  /** Where a worker of our own is made known. */
  readonly announcements?: WorkerAnnouncements;
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
): Fleet {
  const kind = resolveRegistryKind(config);
  switch (kind) {
    case 'memory': {
      const registry = new MemoryRegistry({ clock, ttlMs: ttlMsOf(config) });
      teardown.add('registry', () => registry.close());
      const router = openRouter(config, clock, teardown, registry, new MemoryLeaseBook());
      return { router, registry, announcements: registry, loadLock: new MemoryLoadLock(clock) };
    }
    case 'redis':
      return openShared(config, clock, logger, teardown);
    case 'none': {
      const addr = config.routing.static_worker_addr;
      if (addr !== undefined) return { router: new StaticRouter(addr), loadLock: new MemoryLoadLock(clock) };
      throw new ParleyError(
        'UNSUPPORTED',
        'nothing says where workers are: set routing.static_worker_addr, redis.url or workers.embedded.enabled',
      );
    }
    default:
      return kind satisfies never;
  }
}

function openShared(config: OrchestratorConfig, clock: Clock, logger: Logger, teardown: Teardown): Fleet {
  const { redis } = config;
  const link = connectRedis({
    url: redis.url,
    db: redis.db,
    clientName: 'parley-orchestrator',
    clock,
    logger,
  });
  teardown.add('redis', () => link.close());
  const registry = new RedisRegistry({
    link,
    clock,
    logger,
    keyPrefix: redis.worker_key_prefix,
    ttlMs: ttlMsOf(config),
  });
  teardown.add('registry', () => registry.close());
  const leases = new RedisLeaseBook({
    link,
    clock,
    logger,
    owner: randomUUID(),
    workerKeyPrefix: redis.worker_key_prefix,
    workerNames: () => registry.snapshot().map(({ name }) => name),
  });
  teardown.add('leases', () => leases.close());
  const router = openRouter(config, clock, teardown, registry, leases);
  return { router, registry, loadLock: new RedisLoadLock({ link, clock }) };
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

/** Age from which a worker without a heartbeat counts as gone. */
function ttlMsOf({ redis }: OrchestratorConfig): number {
  return redis.worker_ttl_seconds * MS_PER_SECOND;
}
