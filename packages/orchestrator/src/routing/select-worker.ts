import type { WorkerRecord } from '@parley/worker-api';
import type { LoadBalanceStrategy } from '../config/index.ts';
import { isUsable, suits, whyNone, type NoWorkerReason, type RequirementContext } from './requirements.ts';
import { orderWorkers, type StrategyContext } from './strategies.ts';
import type { WorkerIndex } from './worker-index.ts';
import type { WorkerRequest } from './worker-request.ts';

/** Everything a choice depends on besides the workers and the request. */
export interface SelectionContext extends RequirementContext, StrategyContext {
  readonly strategy: LoadBalanceStrategy;
  /** Whether the worker's breaker lets a session through. */
  readonly admits: (worker: WorkerRecord) => boolean;
}

/** How thoroughly to look. */
export interface SelectionLook {
  /** Candidates wanted, and the most workers of a tier that are looked at; `Infinity` looks at all. */
  readonly width: number;
  /** Only workers that have room, as far as is known here. */
  readonly onlyWithRoom?: boolean;
}

/** Enough that the best of so many, drawn by chance, is nearly as good as the best of all. */
export const QUICK_LOOK: SelectionLook = { width: 32 };

/** Result of {@link selectFrom}. */
export type Selection =
  /**
   * Workers that fit, best first, at least one; whether they have room is for the lease to decide. `isPartial`: there
   * may be others that were not looked at.
   */
  | { readonly kind: 'candidates'; readonly workers: readonly WorkerRecord[]; readonly isPartial: boolean }
  /** No worker fits. `message` names the requirement and may be shown to clients. */
  | { readonly kind: 'none'; readonly reason: NoWorkerReason; readonly message: string };

/**
 * Chooses workers for a session: the session's previous worker if it has room, then tier after tier, each in the
 * order of the strategy. Of a tier larger than `look.width` only so many are looked at, see `orderWorkers`.
 * Workers whose breaker is open are left out, unless no other fits.
 */
export function selectFrom(
  index: WorkerIndex,
  request: WorkerRequest,
  context: SelectionContext,
  look: SelectionLook = QUICK_LOOK,
): Selection {
  const tiers = index.tiersFor(request);
  const mayServe = (worker: WorkerRecord): boolean =>
    isUsable(worker, request, context) && (look.onlyWithRoom !== true || hasRoom(worker, context));
  const healthy = (worker: WorkerRecord): boolean => mayServe(worker) && context.admits(worker);

  const previous = previousWorker(index, request, context, healthy);
  const isOther = (worker: WorkerRecord): boolean => worker !== previous && healthy(worker);
  let workers = previous === undefined ? [] : [previous];
  let isPartial = false;
  for (const tier of tiers) {
    // A sample says nothing of the others, however few of those drawn may serve.
    isPartial ||= tier.length > look.width || workers.length >= look.width;
    if (workers.length >= look.width) break;
    workers = workers.concat(ordered(tier, isOther, look.width, context));
  }
  if (workers.length === 0) {
    workers = tiers.flatMap((tier) => ordered(tier, healthy, Infinity, context));
    // Where only a healthy one was full, one that fails waits for its turn as the last resort.
    if (workers.length === 0 && look.onlyWithRoom !== true) {
      workers = tiers.flatMap((tier) => ordered(tier, mayServe, Infinity, context));
    }
    isPartial = false;
  }
  isPartial ||= workers.length > look.width;
  if (workers.length > 0) return { kind: 'candidates', workers: workers.slice(0, look.width), isPartial };
  const why = whyNone(index.workers, request, context);
  return { kind: 'none', reason: why?.reason ?? 'refused', message: why?.message ?? 'All workers are busy.' };
}

function previousWorker(
  index: WorkerIndex,
  request: WorkerRequest,
  context: SelectionContext,
  healthy: (worker: WorkerRecord) => boolean,
): WorkerRecord | undefined {
  const worker = request.previousWorker === undefined ? undefined : index.get(request.previousWorker);
  if (worker === undefined || !suits(worker, request)) return undefined;
  return healthy(worker) && hasRoom(worker, context) ? worker : undefined;
}

function ordered(
  tier: readonly WorkerRecord[],
  isIn: (worker: WorkerRecord) => boolean,
  width: number,
  context: SelectionContext,
): WorkerRecord[] {
  if (tier.length > width) return orderWorkers(context.strategy, tier, context, width).filter(isIn);
  return orderWorkers(context.strategy, tier.filter(isIn), context);
}

function hasRoom(worker: WorkerRecord, context: SelectionContext): boolean {
  return context.activeSessions(worker.name) < worker.capabilities.max_concurrent_sessions;
}
