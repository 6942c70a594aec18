/** A logger that says nothing. Fits the `Logger` ports of all packages. */
export interface SilentLogger {
  debug(): void;
  info(): void;
  warn(): void;
  error(): void;
  /** Itself. */
  child(): SilentLogger;
}

/** For tests of what does not depend on the log. */
export const silentLogger: SilentLogger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};
