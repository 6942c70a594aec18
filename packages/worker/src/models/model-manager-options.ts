import type { Clock } from '../clock.ts';
import type { Engine } from '../engine.ts';
import type { Logger } from '../logger.ts';

/** How a worker keeps models in memory. */
export interface ModelPolicy {
  /** Model of sessions that name none; never unloaded on its own. The engine's first by default. */
  readonly defaultModelId?: string;
  /** Loaded at start beside the default one; none by default. */
  readonly preload?: readonly string[];
  /** Unused for so long, a model is unloaded; 600,000 ms by default, 0 means never. */
  readonly idleTtlMs?: number;
  /** A model stays at least so long, used or not; 120,000 ms by default. */
  readonly minResidencyMs?: number;
  /** Most models in memory at once, 32 by default. For one more, the least recently used goes. */
  readonly maxResident?: number;
  /** Most models being loaded at once; 2 by default. */
  readonly maxParallelLoads?: number;
}

/** What a model manager works with. */
export interface ModelManagerOptions extends ModelPolicy {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told whenever a model has come into memory or has left it; nobody by default. */
  readonly onResidentsChanged?: () => void;
}
