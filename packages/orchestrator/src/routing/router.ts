import type { Lease } from './lease-book.ts';
import type { NoWorkerReason } from './requirements.ts';
import type { WorkerRequest } from './worker-request.ts';

/** A place on a worker that one session holds until it releases it. */
export interface WorkerPlace {
  readonly workerName: string;
  /** As in the worker's record: `grpc://host:port`. */
  readonly addr: string;
  /** Absent where places are not counted. */
  readonly lease?: Lease;
  /** Of the worker's record, if it has one. */
  readonly epoch?: number;
  /** Models that the worker has in memory, if it said so. */
  readonly residentModels?: readonly string[];
  /** The worker must first load the model that was asked for: no worker with room has it in memory. */
  readonly mustLoad?: boolean;
  /** Lost connections to the worker that the router had counted when it gave the place, to count none twice. */
  readonly knownLosses?: number;
  /** The worker has failed again and again, and no other had room in time. */
  readonly isLastResort?: boolean;
}

/** Why there is no place. */
export type NoPlaceReason = NoWorkerReason | 'no_room' | 'closed';

/** Result of {@link Router.acquire}. */
export type RouteResult =
  | { readonly kind: 'placed'; readonly place: WorkerPlace }
  /** `message` may be shown to clients; `retryAfterMs` is there when trying again makes sense. */
  | {
      readonly kind: 'unavailable';
      readonly reason: NoPlaceReason;
      readonly message: string;
      readonly retryAfterMs?: number;
    }
  /** The signal was aborted first; no place is held. */
  | { readonly kind: 'aborted' };

/** How a router is now. */
export interface RouterCondition {
  /** Sessions that wait for a place. */
  readonly waiting: number;
  /** Workers by the state of their breakers, those of closed ones left out. */
  readonly breakers: Readonly<Record<'open' | 'probing', number>>;
}

/** When a client that found no place should try again, in ms. */
export const RETRY_AFTER_MS = 1000;

/** The workers that take sessions now. */
export interface WorkerCounts {
  /** All that are known. */
  readonly known: number;
  /** Those of them that send heartbeats and do not leave. */
  readonly usable: number;
  /** Those of the usable ones that have not failed again and again; others are tried when there is none. */
  readonly healthy: number;
  /** Why none is usable; it may be shown to clients. */
  readonly whyNone?: string;
}

/**
 * What came of a session's use of a worker. `silent`: it did not answer at all, which costs each session seconds.
 * `lost`: the connection to it broke, or could not be made, which all sessions on it tell of at once.
 */
export type WorkerOutcome = 'succeeded' | 'failed' | 'silent' | 'lost';

/** Gives sessions their places on workers. */
export interface Router {
  /** How it chooses, for metrics: `static` or the strategy. */
  readonly strategy: string;
  /** Finds a place, waiting a bounded time where all are taken. Whoever gets one releases it. */
  acquire(sessionId: string, request: WorkerRequest, signal: AbortSignal): Promise<RouteResult>;
  /** Gives a place back. Idempotent, never rejects. */
  release(place: WorkerPlace): Promise<void>;
  /** Whether the worker of a place that is held is still there. */
  isLive(place: WorkerPlace): boolean;
  /** Whether the worker of a place that is held is there, but is to get no more work. */
  isLeaving(place: WorkerPlace): boolean;
  /** Whether the worker of a place that is held fits this request too, so that another need not be chosen. */
  serves(place: WorkerPlace, request: WorkerRequest): boolean;
  /** Whether a worker has what is asked for in memory now. */
  hasResident(request: WorkerRequest): boolean;
  /** The worker of a place has done what was asked of it, or failed: workers that fail are avoided for a while. */
  noteOutcome(place: WorkerPlace, outcome: WorkerOutcome): void;
  /** Notes how long the worker took to its first audio, for choices by latency. */
  noteFirstAudio(place: WorkerPlace, ms: number): void;
  /**
   * Calls `listener` each time a session begins to wait for a place: whoever holds an idle one may give it up.
   * Returns the way to stop that.
   */
  onShortage(listener: () => void): () => void;
  /** The workers there are, for `/health`; `undefined` where nothing is known but an address. */
  workers(): WorkerCounts | undefined;
  /** How things are now, for metrics. */
  condition(): RouterCondition;
  /** Ends all waits. Idempotent. */
  close(): void;
}
