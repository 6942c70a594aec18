import type { AsrConfig, VadConfig } from './listening-config.ts';
import type { LogLevel } from './log-level.ts';
import type { ResponderConfig } from './responder-config.ts';
import type { SessionConfig, TextConfig } from './session-config.ts';
import type { TransportConfig } from './transport-config.ts';
import type { RedisConfig, RegistryConfig, RoutingConfig, WorkersConfig } from './workers-config.ts';

/**
 * The whole configuration of an orchestrator, every default filled in. Properties carry the names of the keys
 * in the YAML file, so that one name serves file, environment, documentation and code. `loadConfig` makes it
 * and freezes it deeply.
 */
export interface OrchestratorConfig {
  readonly transport: TransportConfig;
  readonly redis: RedisConfig;
  readonly registry: RegistryConfig;
  readonly routing: RoutingConfig;
  readonly workers: WorkersConfig;
  readonly session: SessionConfig;
  readonly text: TextConfig;
  readonly vad: VadConfig;
  readonly asr: AsrConfig;
  readonly responder: ResponderConfig;
  readonly security: SecurityConfig;
  /** Least severe log line written. Default `INFO`. */
  readonly log_level: LogLevel;
  /** How long a shutdown lets speech finish, in seconds, 0-3,600. Default 10; 0 means it is cut at once. */
  readonly graceful_shutdown_timeout_s: number;
}

/** Who may connect: the `security` section. */
export interface SecurityConfig {
  /**
   * Browser origins allowed besides the server's own host and loopback, such as `https://app.example.com`.
   * Default none; `*` allows all.
   */
  readonly allowed_origins: readonly string[];
}
