import type { OrchestratorConfig } from './config/index.ts';
import { startOrchestrator, type RunningOrchestrator } from './main.ts';
import { createLogger, type RootLogger } from './observability/index.ts';

/** Options of {@link runOrchestrator}. */
export interface RunOptions {
  readonly config: OrchestratorConfig;
  /** Default: standard output, at the configuration's `log_level`. */
  readonly logger?: RootLogger;
  /** Called once it serves. */
  readonly onReady: (orchestrator: RunningOrchestrator) => void;
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Runs an orchestrator until a signal ends it. The first SIGTERM, SIGINT or SIGHUP drains it, so that
 * nobody is cut off in the middle of a sentence; the second one ends it at once. Settles when everything is
 * freed.
 *
 * @throws ParleyError when it cannot start.
 */
export async function runOrchestrator(options: RunOptions): Promise<void> {
  const { config, logger = createLogger({ level: config.log_level }) } = options;
  const signals = watchSignals(logger);
  try {
    const orchestrator = await startOrchestrator({ config, logger });
    options.onReady(orchestrator);
    await signals.first;
    const ended = orchestrator.drain();
    await Promise.race([ended, signals.second]);
    await orchestrator.close();
    await ended;
  } finally {
    signals.ignore();
    logger.flush();
  }
}

interface Signals {
  readonly first: Promise<void>;
  readonly second: Promise<void>;
  ignore(): void;
}

function watchSignals(logger: RootLogger): Signals {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  let count = 0;
  const listener = (signal: NodeJS.Signals): void => {
    count += 1;
    if (count === 1) {
      logger.info({ signal }, 'shutting down: what is being said is finished first');
      first.resolve();
    } else {
      logger.warn({ signal }, 'shutting down at once');
      second.resolve();
    }
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return {
    first: first.promise,
    second: second.promise,
    ignore: () => {
      for (const signal of SIGNALS) process.off(signal, listener);
    },
  };
}
