import type { WorkerRecord } from '@parley/worker-api';
import type { LoadBalanceStrategy } from '../config/index.ts';
import { isResident, requirements, type NoWorkerReason, type RequirementContext } from './requirements.ts';
import { orderWorkers, type StrategyContext } from './strategies.ts';
import type { WorkerRequest } from './worker-request.ts';

/** Everything a choice depends on besides the workers and the request. */
export interface SelectionContext extends RequirementContext, StrategyContext {
  readonly strategy: LoadBalanceStrategy;
  /** Take workers that have the model in memory before those that would have to load it. */
  readonly preferResident: boolean;
}

/** Result of {@link selectWorker}. */
export type Selection =
  /** The workers that fit, best first, at least one; whether they have room is for the lease to decide. */
  | { readonly kind: 'candidates'; readonly workers: readonly WorkerRecord[] }
  /** No worker fits. `message` names the requirement and may be shown to clients. */
  | { readonly kind: 'none'; readonly reason: NoWorkerReason; readonly message: string };

/**
 * Chooses workers for a session: filters by what is required, sorts into tiers (the session's previous worker
 * if it has room, workers with the model in memory, the rest) and orders each tier by the strategy.
 */
export function selectWorker(
  workers: readonly WorkerRecord[],
  request: WorkerRequest,
  context: SelectionContext,
): Selection {
  if (workers.length === 0) return { kind: 'none', reason: 'no_workers', message: 'There are no workers.' };
  let fitting = workers;
  for (const requirement of requirements) {
    fitting = fitting.filter((worker) => requirement.meets(worker, request, context));
    if (fitting.length === 0) {
      return { kind: 'none', reason: requirement.reason, message: requirement.unmet(request) };
    }
  }
  const tiers: WorkerRecord[][] = [[], [], []];
  for (const worker of fitting) tiers[tierOf(worker, request, context)]?.push(worker);
  return {
    kind: 'candidates',
    workers: tiers.flatMap((tier) => orderWorkers(context.strategy, tier, context)),
  };
}

function tierOf(worker: WorkerRecord, request: WorkerRequest, context: SelectionContext): number {
  const { modelId, previousWorker } = request;
  const hasRoom = context.activeSessions(worker.name) < worker.capabilities.max_concurrent_sessions;
  if (worker.name === previousWorker && hasRoom) return 0;
  if (!context.preferResident || modelId === undefined || isResident(worker, modelId)) return 1;
  return 2;
}
