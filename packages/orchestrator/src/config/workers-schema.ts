import { z } from 'zod';
import { flag, integer, text } from './schema-parts.ts';
import type {
  EmbeddedWorkerConfig,
  RedisConfig,
  RegistryConfig,
  RoutingConfig,
  WorkersConfig,
} from './workers-config.ts';

// A host name, an IPv4 address or a bracketed IPv6 one, then a port from 1 to 65535.
const workerAddress =
  /^(grpc:\/\/)?([\w.-]+|\[[\da-fA-F:.]+\]):(6553[0-5]|655[0-2]\d|65[0-4]\d{2}|6[0-4]\d{3}|[1-5]\d{4}|[1-9]\d{0,3})$/;

/** Schema of the `routing` section. */
export const routingSchema: z.ZodType<RoutingConfig> = z
  .strictObject({
    static_worker_addr: z
      .string()
      .regex(workerAddress)
      .meta({
        description: 'Address of one fixed worker; unset means workers come from the registry.',
        examples: ['grpc://localhost:7001'],
      })
      .exactOptional(),
    prefer_resident_models: flag(true, 'Prefer workers that have the model in memory already.'),
    load_balance_strategy: z
      .enum(['queue_depth', 'round_robin', 'latency', 'least_loaded', 'least_latency', 'random'])
      .describe('How a worker is picked among equals.')
      .default('queue_depth'),
    first_frame_timeout_ms: integer(5000, 100, 600_000, 'Longest wait for the first audio of a segment.'),
    frame_gap_timeout_ms: integer(3000, 100, 600_000, 'Longest wait between two frames of a segment.'),
    segment_timeout_ms: integer(120_000, 1000, 3_600_000, 'Longest synthesis of one segment.'),
    start_session_timeout_ms: integer(3000, 100, 600_000, 'Longest wait for a worker to accept a session.'),
    capacity_wait_ms: integer(
      500,
      0,
      60_000,
      'How long a session waits for a free place when all are taken; 0 means not at all.',
    ),
    slot_linger_ms: integer(
      5000,
      0,
      600_000,
      'How long a session keeps its place on a worker after speaking; 0 means not at all.',
    ),
    fallback_model: text(
      'Model that speaks while a worker loads the one asked for; unset means waiting.',
    ).exactOptional(),
  })
  .prefault({})
  .describe('Choosing workers and how long to wait for them.');

const embedded: z.ZodPrefault<z.ZodType<EmbeddedWorkerConfig>> = z
  .strictObject({
    enabled: flag(false, 'Whether the orchestrator runs a worker of its own.'),
    engine: text('Name of its engine.').default('espeak'),
    max_concurrent_sessions: integer(64, 1, 100_000, 'Sessions it serves at once.'),
    options: z
      .record(z.string().regex(/^[A-Za-z][\w.-]*$/), z.union([z.string(), z.number(), z.boolean()]))
      .describe('Engine options by name.')
      .default({}),
  })
  .prefault({})
  .describe('The worker process the orchestrator starts and supervises.');

/** Schema of the `workers` section. */
export const workersSchema: z.ZodType<WorkersConfig> = z
  .strictObject({ embedded })
  .prefault({})
  .describe('Workers the orchestrator runs itself.');

/** Schema of the `registry` section. */
export const registrySchema: z.ZodType<RegistryConfig> = z
  .strictObject({
    kind: z
      .enum(['auto', 'memory', 'redis'])
      .describe(
        'auto: memory with an embedded worker, none with routing.static_worker_addr, otherwise redis.',
      )
      .default('auto'),
  })
  .prefault({})
  .describe('Where live workers are looked up.');

/** Schema of the `redis` section. */
export const redisSchema: z.ZodType<RedisConfig> = z
  .strictObject({
    url: z
      .string()
      .regex(/^rediss?:\/\/\S+$/)
      .meta({
        description: 'Redis address; rediss for TLS.',
        examples: ['redis://localhost:6379', 'rediss://user:password@host:6380'],
      })
      .default('redis://localhost:6379'),
    db: integer(0, 0, 15, 'Database number.'),
    worker_key_prefix: text('Start of the keys of worker records.').default('worker:'),
    worker_ttl_seconds: integer(30, 5, 86_400, 'Life of a worker record without a heartbeat.'),
    connection_pool_size: integer(10, 1, 1000, 'Has no effect: one connection carries all commands.'),
  })
  .prefault({})
  .describe('Redis connection and worker discovery.');
