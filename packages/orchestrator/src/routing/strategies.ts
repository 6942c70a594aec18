import type { WorkerRecord } from '@parley/worker-api';
import type { LoadBalanceStrategy } from '../config/index.ts';

/** What strategies look at besides the records. */
export interface StrategyContext {
  /** Sessions that hold a place on the worker, as far as this orchestrator knows. */
  readonly activeSessions: (workerName: string) => number;
  /** Median time to first audio seen from here, in ms; 0 while unknown. */
  readonly observedFirstAudioMs: (workerName: string) => number;
  /** Counts choices: turns the order among equals, so that they take turns. */
  readonly turn: number;
  /** Between 0 and 1, as `Math.random` gives it. */
  readonly random: () => number;
}

/** Orders workers that all fit, the best one first. */
type Strategy = (workers: readonly WorkerRecord[], context: StrategyContext) => WorkerRecord[];

const strategies: Readonly<Record<LoadBalanceStrategy, Strategy>> = {
  queue_depth: fewestSessions,
  least_loaded: fewestSessions,
  round_robin: (workers, { turn }) => rotate(workers, turn),
  latency: fastest,
  least_latency: fastest,
  random: (workers, { random }) => rotate(workers, Math.floor(random() * workers.length)),
};

/** Orders `workers`, all of which fit, by `strategy`: the best one first. */
export function orderWorkers(
  strategy: LoadBalanceStrategy,
  workers: readonly WorkerRecord[],
  context: StrategyContext,
): WorkerRecord[] {
  return strategies[strategy](workers, context);
}

/** Counts what the worker reports too: others than us may be using it. */
function fewestSessions(workers: readonly WorkerRecord[], context: StrategyContext): WorkerRecord[] {
  return sortBy(workers, context.turn, (worker) =>
    Math.max(context.activeSessions(worker.name), worker.metrics.queue_depth),
  );
}

/** A worker of which nothing is known yet comes first, so that something becomes known. */
function fastest(workers: readonly WorkerRecord[], context: StrategyContext): WorkerRecord[] {
  return sortBy(workers, context.turn, (worker) =>
    Math.max(context.observedFirstAudioMs(worker.name), worker.metrics.p50_latency_ms),
  );
}

function sortBy(
  workers: readonly WorkerRecord[],
  turn: number,
  cost: (worker: WorkerRecord) => number,
): WorkerRecord[] {
  return rotate(workers, turn)
    .map((worker) => ({ worker, cost: cost(worker) }))
    .toSorted((a, b) => a.cost - b.cost)
    .map(({ worker }) => worker);
}

function rotate(workers: readonly WorkerRecord[], by: number): WorkerRecord[] {
  const start = workers.length === 0 ? 0 : by % workers.length;
  return [...workers.slice(start), ...workers.slice(0, start)];
}
