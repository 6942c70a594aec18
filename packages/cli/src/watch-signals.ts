/** A signal that asks the process to end. */
export type EndSignal = 'SIGINT' | 'SIGTERM';

/** Ends a watch made by {@link watchSignals}. */
export interface SignalWatch {
  /** Gives the signals back to their default. Idempotent. */
  close(): void;
}

/** Two signals closer than this are one: npm may pass on a Ctrl-C that the terminal has sent to us already. */
const SAME_SIGNAL_MS = 300;

/** Calls `onSignal` for SIGINT and SIGTERM, once for each time the user really asked. The caller closes it. */
export function watchSignals(onSignal: (signal: EndSignal) => void): SignalWatch {
  let lastMs = Number.NEGATIVE_INFINITY;
  const handle = (signal: NodeJS.Signals): void => {
    const nowMs = performance.now();
    const isEcho = nowMs - lastMs < SAME_SIGNAL_MS;
    lastMs = nowMs;
    if (!isEcho && (signal === 'SIGINT' || signal === 'SIGTERM')) onSignal(signal);
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return {
    close() {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
}
