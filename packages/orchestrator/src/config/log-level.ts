/** Log levels as pino knows them. */
export type PinoLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Log levels as operators write them: Python's upper-case names, or pino's, or Python's in lower case. */
export type LogLevel =
  | 'DEBUG'
  | 'INFO'
  | 'WARNING'
  | 'ERROR'
  | 'CRITICAL'
  | 'warning'
  | 'critical'
  | PinoLevel;

const pinoLevels: Readonly<Record<LogLevel, PinoLevel>> = {
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
};

/** Every spelling `log_level` accepts. */
export const logLevels: readonly LogLevel[] = Object.keys(pinoLevels).filter(isLogLevel);

function isLogLevel(name: string): name is LogLevel {
  return Object.hasOwn(pinoLevels, name);
}

/** The pino level for a configured one: `WARNING` and `warning` are `warn`, `CRITICAL` is `fatal`. */
export function pinoLevel(level: LogLevel): PinoLevel {
  return pinoLevels[level];
}
