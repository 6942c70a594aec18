import type { Clock } from '../clock.ts';
import type { Engine } from '../engine.ts';
import type { Logger } from '../logger.ts';
import type { ModelManager } from '../models/model-manager.ts';
import type { SessionTable } from './session-table.ts';
import type { SynthesisPolicy } from './synthesis-run.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

/** What the calls of the gRPC service work with. */
export interface ServiceContext extends SynthesisPolicy {
  readonly engine: Engine;
  readonly models: ModelManager;
  readonly sessions: SessionTable;
  readonly metrics: WorkerMetrics;
  readonly maxSessions: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether the worker takes no new sessions. */
  readonly isDraining: () => boolean;
  /** Given every run that starts, to be waited for at the end. */
  readonly onRun: (run: Promise<void>) => void;
}
