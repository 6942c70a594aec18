import type { LoadBalanceStrategy } from '../../config/index.ts';
import type { Scenario } from './simulate.ts';

/** The strategies; the others of the configuration are other names of these. */
export const simulatedStrategies: readonly LoadBalanceStrategy[] = [
  'queue_depth',
  'round_robin',
  'latency',
  'random',
];

/** How large the simulated fleets are. */
export interface SimulationSizes {
  /** Fleet whose view grows old. */
  readonly aging: FleetSize;
  /** Fleet that fills up. */
  readonly filling: FleetSize;
  /** Fleets that grow, up to one that is too large. */
  readonly growing: readonly FleetSize[];
  readonly measureMs: number;
}

/** Workers and orchestrators. */
export interface FleetSize {
  readonly workers: number;
  readonly orchestrators: number;
}

/** The fleets of docs/scaling.md. */
export const reportSizes: SimulationSizes = {
  aging: { workers: 2000, orchestrators: 50 },
  filling: { workers: 500, orchestrators: 12 },
  growing: [
    { workers: 250, orchestrators: 6 },
    { workers: 1000, orchestrators: 25 },
    { workers: 2000, orchestrators: 50 },
    { workers: 4000, orchestrators: 50 },
    { workers: 4000, orchestrators: 100 },
  ],
  measureMs: 10_000,
};

/** Fleets that take a second, to try things. */
export const quickSizes: SimulationSizes = {
  aging: { workers: 100, orchestrators: 5 },
  filling: { workers: 50, orchestrators: 3 },
  growing: [{ workers: 100, orchestrators: 3 }],
  measureMs: 5000,
};

/** Ages of the view that are tried, in ms. */
export const agesMs: readonly number[] = [1000, 3000, 10_000, 30_000];

/** Loads that are tried: what sessions would take, as a share of all places. */
export const loads: readonly number[] = [0.5, 0.8, 0.95, 1.1];

/** As the product is by default. */
export const defaults: Omit<Scenario, 'workers' | 'orchestrators' | 'strategy'> = {
  places: 16,
  load: 0.8,
  holdMs: 30_000,
  countMs: 1000,
  countsPerSecond: 1000,
  heartbeatMs: 10_000,
  refreshMs: 3000,
  measureMs: 10_000,
  seed: 1,
};

/** A scenario in which nothing that orchestrators know of the load is newer than `ageMs`. */
export function aged(
  ageMs: number,
): Pick<Scenario, 'countMs' | 'countsPerSecond' | 'heartbeatMs' | 'refreshMs'> {
  return {
    countMs: ageMs,
    countsPerSecond: Infinity,
    heartbeatMs: Math.max(ageMs, defaults.heartbeatMs),
    refreshMs: Math.max(ageMs, defaults.refreshMs),
  };
}
