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

/** Orders workers that all fit, the best one first, and gives `width` of them at most. */
type Strategy = (workers: readonly WorkerRecord[], context: StrategyContext, width: number) => WorkerRecord[];

const strategies: Readonly<Record<LoadBalanceStrategy, Strategy>> = {
  queue_depth: fewestSessions,
  least_loaded: fewestSessions,
  round_robin: (workers, { turn }, width) => window(workers, turn, width),
  latency: fastest,
  least_latency: fastest,
  random: (workers, { random }, width) => window(workers, Math.floor(random() * workers.length), width),
};

/**
 * Orders `workers` by `strategy`, the best one first. Where there are more than `width`, `round_robin` and
 * `random` give the first so many of their order, and the others the order of so many drawn by chance: the best
 * of a large sample is nearly the best of all, costs the same however many there are, and orchestrators with
 * the same old view of the world do not all run to the same worker.
 */
export function orderWorkers(
  strategy: LoadBalanceStrategy,
  workers: readonly WorkerRecord[],
  context: StrategyContext,
  width: number = Infinity,
): WorkerRecord[] {
  return strategies[strategy](workers, context, width);
}

/** Counts what the worker reports too: others than us may be using it. */
function fewestSessions(
  workers: readonly WorkerRecord[],
  context: StrategyContext,
  width: number,
): WorkerRecord[] {
  return lowest(workers, context, width, (worker) =>
    Math.max(context.activeSessions(worker.name), worker.metrics.queue_depth),
  );
}

/** A worker of which nothing is known yet comes first, so that something becomes known. */
function fastest(workers: readonly WorkerRecord[], context: StrategyContext, width: number): WorkerRecord[] {
  return lowest(workers, context, width, (worker) =>
    Math.max(context.observedFirstAudioMs(worker.name), worker.metrics.p50_latency_ms),
  );
}

function lowest(
  workers: readonly WorkerRecord[],
  { random, turn }: StrategyContext,
  width: number,
  costOf: (worker: WorkerRecord) => number,
): WorkerRecord[] {
  const looked = workers.length > width ? drawn(workers, width, random) : workers;
  return window(looked, turn, Infinity)
    .map((worker) => ({ worker, cost: costOf(worker) }))
    .toSorted((a, b) => a.cost - b.cost)
    .map(({ worker }) => worker);
}

/** One worker from each of `count` stretches of the list: none twice, each about as likely. */
function drawn(workers: readonly WorkerRecord[], count: number, random: () => number): WorkerRecord[] {
  const stretch = workers.length / count;
  const sample: WorkerRecord[] = [];
  for (let index = 0; index < count; index += 1) {
    const from = Math.floor(index * stretch);
    const to = Math.floor((index + 1) * stretch);
    const worker = workers[from + Math.floor(random() * (to - from))];
    if (worker !== undefined) sample.push(worker);
  }
  return sample;
}

/** `width` workers from the one at `start` on, round the end. */
function window(workers: readonly WorkerRecord[], start: number, width: number): WorkerRecord[] {
  const from = workers.length === 0 ? 0 : start % workers.length;
  const first = workers.slice(from, from + width);
  return first.length >= Math.min(width, workers.length)
    ? first
    : first.concat(workers.slice(0, Math.min(from, width - first.length)));
}
