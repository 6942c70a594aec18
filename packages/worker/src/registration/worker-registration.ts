import type { WorkerRecord } from '@parley/worker-api';

/**
 * How a worker makes itself known. A failure is logged and tried again with the next heartbeat; it never
 * stops the worker.
 */
export interface WorkerRegistration {
  /** Where that is, for the log: `redis at localhost:6379`. */
  readonly place?: string;
  /** Tells that the worker is there and ready. */
  register(record: WorkerRecord): Promise<void> | void;
  /** Tells that it still is, and how it does. */
  heartbeat(record: WorkerRecord): Promise<void> | void;
  /** Tells that it is gone. */
  deregister(name: string): Promise<void> | void;
}
