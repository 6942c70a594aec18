import type { WorkerRecord } from '@parley/worker-api';

/** Options of {@link WorkerRegistry.waitForWorkers}. */
export interface WaitForWorkersOptions {
  /** Longest wait in ms; 0 looks once. */
  readonly timeoutMs: number;
  /** Gives up at once when aborted. */
  readonly signal?: AbortSignal;
}

/** How a registry is, for `/health`. */
export type RegistryStatus =
  | { readonly kind: 'ok' }
  /** It gives what it knew last. `sinceWallMs`: milliseconds since the Unix epoch; `why` is fit for the public. */
  | { readonly kind: 'degraded'; readonly sinceWallMs: number; readonly why: string };

/** A worker's record as a registry gives it. */
export interface KnownWorker extends WorkerRecord {
  /**
   * When we heard of its last heartbeat, by our monotonic clock in ms, which is what its silence is measured by: the
   * time of day may jump. Absent where nobody can know: then its registry's time to live alone tells.
   */
  readonly heardAtMs?: number;
}

/**
 * The live workers, as an orchestrator reads them. A worker is live until its record's time to live runs out. The
 * `last_heartbeat_ts` of a record is when we heard of the heartbeat, by our own clock, to be shown.
 *
 * `getWorkers`, `getWorker` and `getWorkerTtl` reject with ParleyError `REGISTRY_UNAVAILABLE` when the registry
 * cannot be asked; the rest never fails.
 */
export interface WorkerRegistry {
  /** All live workers, read now. */
  getWorkers(): Promise<readonly WorkerRecord[]>;
  /** The live worker of this name, read now. */
  getWorker(name: string): Promise<WorkerRecord | undefined>;
  /** Seconds, with fraction, until the record runs out unless it is renewed; `undefined` for an unknown worker, `Infinity` for one that never does. */
  getWorkerTtl(name: string): Promise<number | undefined>;
  /** Waits until there is a live worker; resolves to all of them, or to none after the timeout. */
  waitForWorkers(options: WaitForWorkersOptions): Promise<readonly WorkerRecord[]>;
  /**
   * The live workers as last seen, at no cost: the same array until something changes. For routing, which
   * must not wait.
   */
  snapshot(): readonly KnownWorker[];
  /** Calls `listener` after every change of the snapshot. Returns the way to stop that. */
  onChange(listener: () => void): () => void;
  /** How it is, at no cost. */
  status(): RegistryStatus;
  /** Ends timers, waits and connections. Reads then give the last snapshot. Idempotent. */
  close(): Promise<void>;
}

/** A registry as a worker, or whoever stands in for one, writes to it. */
export interface WorkerAnnouncements {
  /** Enters a worker, or replaces the record of its name, for one time to live. */
  register(record: WorkerRecord): Promise<void>;
  /** Renews the time to live and the record; enters the worker again when its record had run out. */
  heartbeat(record: WorkerRecord): Promise<void>;
  /**
   * Removes a worker. With `epoch`, only the record of that life: the goodbye of an old process must not remove
   * its successor.
   */
  deregister(name: string, epoch?: number): Promise<void>;
}
