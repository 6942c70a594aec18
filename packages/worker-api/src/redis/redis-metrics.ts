/** How a command to Redis ended. */
export type RedisOutcome = 'ok' | 'refused' | 'timeout' | 'unavailable';

/** Told what happens between Parley and Redis. */
export interface RedisMetrics {
  /** A command ended. `command` is one of few names: the command's, or the script's. */
  commandDone(command: string, outcome: RedisOutcome, durationMs: number): void;
  /** A connection became usable; `reconnected` when it was not the first. */
  connected(reconnected: boolean): void;
  /** A connection that was usable was lost. */
  disconnected(): void;
}

/** Counts nothing; the default. */
export const noRedisMetrics: RedisMetrics = {
  commandDone: () => undefined,
  connected: () => undefined,
  disconnected: () => undefined,
};
