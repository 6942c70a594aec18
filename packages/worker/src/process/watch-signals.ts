import { type Clock, systemClock } from '../clock.ts';

/** A signal that asks the process to end. */
export type EndSignal = 'SIGINT' | 'SIGTERM';

/** Ends a watch made by {@link watchSignals}. */
export interface SignalWatch {
  /** Gives the signals back to their default. Idempotent. */
  close(): void;
}

/** What {@link watchSignals} listens to; tests replace it. */
export interface SignalSurroundings {
  /** Default: this process. */
  readonly source?: Pick<NodeJS.EventEmitter, 'on' | 'off'>;
  /** Default: the system's. */
  readonly clock?: Pick<Clock, 'nowMs'>;
}

/** Two of a kind that are closer than this are one: npm passes on what the terminal sends to the whole group. */
const SAME_SIGNAL_MS = 300;

/**
 * Calls `onSignal` for SIGINT and SIGTERM, once for each time the user really asked. What is taken for an echo does
 * not put off the moment from which another one counts: whoever presses Ctrl-C again and again is heard. The caller
 * closes it.
 */
export function watchSignals(
  onSignal: (signal: EndSignal) => void,
  { source = process, clock = systemClock }: SignalSurroundings = {},
): SignalWatch {
  const listen = (signal: EndSignal): (() => void) => {
    let countedAtMs = Number.NEGATIVE_INFINITY;
    const handle = (): void => {
      const nowMs = clock.nowMs();
      if (nowMs - countedAtMs < SAME_SIGNAL_MS) return;
      countedAtMs = nowMs;
      onSignal(signal);
    };
    source.on(signal, handle);
    return () => source.off(signal, handle);
  };
  const endings = [listen('SIGINT'), listen('SIGTERM')];
  return {
    close() {
      for (const end of endings) end();
    },
  };
}
