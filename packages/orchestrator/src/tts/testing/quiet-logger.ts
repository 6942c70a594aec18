import type { Logger } from '../../session/ports/logger.ts';

/** Says nothing. */
export const quietLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child() {
    return quietLogger;
  },
};
