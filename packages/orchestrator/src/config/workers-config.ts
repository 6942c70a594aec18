/** How a worker is picked among those that fit; `least_loaded` means `queue_depth`, `least_latency` means `latency`. */
export type LoadBalanceStrategy =
  | 'queue_depth'
  | 'round_robin'
  | 'latency'
  | 'least_loaded'
  | 'least_latency'
  | 'random';

/** Choosing workers and how long to wait for them: the `routing` section. */
export interface RoutingConfig {
  /** One fixed worker, as `grpc://host:port` (`host:port` is taken too). Unset: workers come from the registry. */
  readonly static_worker_addr?: string;
  /** Prefer workers that have the model in memory already. Default true. */
  readonly prefer_resident_models: boolean;
  /** How one is picked among equals. Default `queue_depth`. */
  readonly load_balance_strategy: LoadBalanceStrategy;
  /** Longest wait for the first audio of a segment, in ms, 100-600,000. Default 5000. */
  readonly first_frame_timeout_ms: number;
  /** Longest wait between two frames of a segment, in ms, 100-600,000; time we hold the worker back does not count. Default 3000. */
  readonly frame_gap_timeout_ms: number;
  /** Longest synthesis of one segment, in ms, 1,000-3,600,000; time we hold the worker back does not count. Default 120,000. */
  readonly segment_timeout_ms: number;
  /** Longest wait for a worker to accept a session, in ms, 100-600,000. Default 3000. */
  readonly start_session_timeout_ms: number;
  /** How long a session waits for a free place when all are taken, in ms, 0-60,000. Default 500; 0 means not at all. */
  readonly capacity_wait_ms: number;
  /** How long a session keeps its place on a worker after speaking, in ms, 0-600,000. Default 5000; 0 means not at all. */
  readonly slot_linger_ms: number;
  /** Model that speaks while a worker loads the one asked for. Unset: speech waits until it is loaded. */
  readonly fallback_model?: string;
}

/** Workers the orchestrator runs itself: the `workers` section. */
export interface WorkersConfig {
  readonly embedded: EmbeddedWorkerConfig;
}

/** The worker process the orchestrator starts and supervises: the `workers.embedded` section. */
export interface EmbeddedWorkerConfig {
  /** Whether there is one. Default false; `npm start` turns it on. */
  readonly enabled: boolean;
  /** Name of its engine. Default `espeak`. */
  readonly engine: string;
  /** Sessions it serves at once, 1-100,000. Default 64. */
  readonly max_concurrent_sessions: number;
  /** Engine options by name. Default none. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
}

/** Where live workers are looked up: the `registry` section. */
export interface RegistryConfig {
  /** Default `auto`; see {@link import('./registry-kind.ts').resolveRegistryKind}. */
  readonly kind: 'auto' | 'memory' | 'redis';
}

/** Redis connection and worker discovery: the `redis` section. */
export interface RedisConfig {
  /** `redis://` or `rediss://` address; a password in it is never printed. Default `redis://localhost:6379`. */
  readonly url: string;
  /** Database number, 0-15. Default 0. */
  readonly db: number;
  /** Start of the keys of worker records. Default `worker:`. */
  readonly worker_key_prefix: string;
  /** Life of a worker record without a heartbeat, in seconds, at least 5. Default 30. */
  readonly worker_ttl_seconds: number;
  /** Has no effect: one connection carries all commands. 1-1,000. Default 10. */
  readonly connection_pool_size: number;
}
