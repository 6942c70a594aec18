import type { Logger } from '../ports/logger.ts';

/** Tells nobody anything. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};
