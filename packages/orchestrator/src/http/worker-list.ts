/** How a worker is, in one word. */
export type ListedWorkerState =
  /** Takes sessions. */
  | 'ready'
  /** All places are taken. */
  | 'full'
  /** Takes no new sessions and finishes what it has. */
  | 'draining'
  /** Its last heartbeat is too old: it gets no sessions. */
  | 'silent'
  /** One fixed worker of the configuration, of which nothing but the address is known. */
  | 'static';

/** One model of a worker in the answer of `/v1/workers`. */
export interface ListedModel {
  readonly model_id: string;
  readonly family: string;
  readonly languages: readonly string[];
  /** In memory. */
  readonly is_loaded: boolean;
}

/** One worker in the answer of `/v1/workers`. */
export interface ListedWorker {
  readonly name: string;
  /** `grpc://host:port`. */
  readonly addr: string;
  readonly state: ListedWorkerState;
  readonly languages: readonly string[];
  readonly models: readonly ListedModel[];
  /** Places of all orchestrators as last seen here; `capacity` is null where the worker is not known. */
  readonly sessions: { readonly used: number; readonly capacity: number | null };
  readonly metrics: { readonly rtf: number; readonly queue_depth: number; readonly p50_latency_ms: number };
  /** Seconds since its last heartbeat; null where there is none. */
  readonly heartbeat_age_seconds: number | null;
  /** Empty where the worker does not tell. */
  readonly version: string;
}

/** The answer of `/v1/workers`. */
export interface WorkerList {
  /** Workers, listed or not. */
  readonly total: number;
  readonly workers: readonly ListedWorker[];
}

/** Where `/v1/workers` gets its answer, from what is already known. */
export interface WorkerDirectory {
  /** The first `limit` workers by name. */
  list(limit: number): WorkerList;
}

/** Workers listed when the request does not say how many, and the most it may ask for. */
export const WORKER_LIST_LIMITS: { readonly default: number; readonly max: number } = {
  default: 100,
  max: 1000,
};
