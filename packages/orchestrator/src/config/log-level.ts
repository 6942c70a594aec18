/** Log levels as operators write them: Python's upper-case names, or pino's. */
export type LogLevel = keyof typeof pinoLevels;

/** Log levels as pino knows them. */
export type PinoLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

const pinoLevels = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warn',
  ERROR: 'error',
  CRITICAL: 'fatal',
  trace: 'trace',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  fatal: 'fatal',
  critical: 'fatal',
  silent: 'silent',
} as const satisfies Record<string, PinoLevel>;

/** Every spelling `log_level` accepts. */
export const logLevels: readonly LogLevel[] = Object.keys(pinoLevels) as LogLevel[];

/** The pino level for a configured one: `WARNING` and `warning` are `warn`, `CRITICAL` is `fatal`. */
export function pinoLevel(level: LogLevel): PinoLevel {
  return pinoLevels[level];
}
