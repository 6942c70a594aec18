import { barChart, type BarPanel, type ReportTable } from '@parley/testkit/report';
import type { LoadBalanceStrategy } from '../../config/index.ts';
import { redisShares } from './redis-arithmetic.ts';
import { aged, agesMs, defaults, loads, type SimulationSizes, simulatedStrategies } from './scenarios.ts';
import { simulate, type Scenario } from './simulate.ts';
import type { SimulationOutcome } from './tally.ts';

/** One fleet and what became of it. */
export interface SimulationResult {
  readonly scenario: Scenario;
  readonly outcome: SimulationOutcome;
}

/** Everything that docs/scaling.md shows. */
export interface SimulationReport {
  readonly aging: readonly SimulationResult[];
  readonly filling: readonly SimulationResult[];
  readonly growing: readonly SimulationResult[];
}

/** Runs all scenarios. */
export async function runSimulations(
  sizes: SimulationSizes,
  onProgress: (what: string) => void,
): Promise<SimulationReport> {
  const common = { ...defaults, measureMs: sizes.measureMs };
  const run = async (scenario: Scenario): Promise<SimulationResult> => {
    const { strategy, workers, orchestrators, load, countMs } = scenario;
    onProgress(
      `${strategy}, ${workers} workers, ${orchestrators} orchestrators, load ${load}, view of ${countMs} ms`,
    );
    return { scenario, outcome: await simulate(scenario) };
  };
  const aging: SimulationResult[] = [];
  const filling: SimulationResult[] = [];
  const growing: SimulationResult[] = [];
  for (const strategy of simulatedStrategies) {
    for (const ageMs of agesMs)
      aging.push(await run({ ...common, ...sizes.aging, strategy, ...aged(ageMs) }));
    for (const load of loads) filling.push(await run({ ...common, ...sizes.filling, strategy, load }));
  }
  for (const size of sizes.growing) growing.push(await run({ ...common, ...size, strategy: 'queue_depth' }));
  return { aging, filling, growing };
}

/** The tables, best read in this order. */
export function simulationTables({ aging, filling, growing }: SimulationReport): ReportTable[] {
  return [
    {
      title: 'An old view of the load',
      note: `${describe(aging)}; ${percent(defaults.load)} of the places in use.`,
      columns: ['strategy', 'view', ...outcomeColumns],
      rows: aging.map(({ scenario, outcome }) => [
        scenario.strategy,
        `${scenario.countMs / 1000} s`,
        ...outcomeCells(outcome),
      ]),
    },
    {
      title: 'A fleet that fills up',
      note: `${describe(filling)}; settings of the product. A load above 100 % asks for more places than there are.`,
      columns: ['strategy', 'load', ...outcomeColumns],
      rows: filling.map(({ scenario, outcome }) => [
        scenario.strategy,
        percent(scenario.load),
        ...outcomeCells(outcome),
      ]),
    },
    {
      title: 'A fleet that grows',
      note: '`queue_depth`, settings of the product. Calculated: from the costs of the commands, without queues.',
      columns: ['workers', 'orchestrators', 'sessions', ...outcomeColumns, 'Redis calculated'],
      rows: growing.map(({ scenario, outcome }) => [
        `${scenario.workers}`,
        `${scenario.orchestrators}`,
        `${Math.round(outcome.use * scenario.workers * scenario.places)}`,
        ...outcomeCells(outcome),
        percent(calculatedFor(scenario, outcome)),
      ]),
    },
  ];
}

/** The pictures of the strategies. */
export function simulationPicture({ aging, filling }: SimulationReport): string {
  const ages = agesMs.map((ageMs) => `view of ${ageMs / 1000} s`);
  const byLoad = loads.map((load) => `load ${percent(load)}`);
  return barChart('Routing strategies in the simulation', [
    panel(
      'Spread of the load among workers',
      'points, lower is better',
      ages,
      aging,
      ({ spread }) => spread * 100,
    ),
    panel(
      'Median time to first audio',
      'ms, lower is better',
      ages,
      aging,
      ({ firstAudioMs }) => firstAudioMs.p50,
    ),
    panel(
      'Workers looked at for a session',
      'fewer is better',
      ages,
      aging,
      (outcome) => outcome.lookedPerSession,
    ),
    panel('Sessions refused', '%, lower is better', byLoad, filling, ({ refused }) => refused * 100),
    panel('99th percentile of the wait for a place', 'ms', byLoad, filling, ({ placeMs }) => placeMs.p99),
    panel('Commands to Redis', 'per second', byLoad, filling, ({ commands }) => commands),
  ]);
}

function panel(
  title: string,
  unit: string,
  groups: readonly string[],
  results: readonly SimulationResult[],
  of: (outcome: SimulationOutcome) => number,
): BarPanel {
  return {
    title,
    unit,
    groups,
    series: simulatedStrategies.map((strategy) => ({
      label: strategy,
      values: valuesOf(results, strategy, of),
    })),
  };
}

const outcomeColumns = [
  'spread',
  'full workers',
  'refused',
  'needlessly',
  'looked at',
  'place p50 / p99',
  'first audio p50 / p99',
  'commands/s',
  'Redis busy',
] as const;

function outcomeCells(outcome: SimulationOutcome): string[] {
  const { placeMs, firstAudioMs } = outcome;
  return [
    `${(outcome.spread * 100).toFixed(1)} pt`,
    percent(outcome.full),
    percent(outcome.refused),
    percent(outcome.refusedNeedlessly),
    outcome.lookedPerSession.toFixed(1),
    `${placeMs.p50.toFixed(1)} / ${placeMs.p99.toFixed(0)} ms`,
    `${firstAudioMs.p50.toFixed(0)} / ${firstAudioMs.p99.toFixed(0)} ms`,
    outcome.commands.toFixed(0),
    percent(outcome.redisBusy),
  ];
}

function valuesOf(
  results: readonly SimulationResult[],
  strategy: LoadBalanceStrategy,
  of: (outcome: SimulationOutcome) => number,
): number[] {
  return results.filter(({ scenario }) => scenario.strategy === strategy).map(({ outcome }) => of(outcome));
}

function calculatedFor(
  { workers, orchestrators, places, holdMs }: Scenario,
  { use }: SimulationOutcome,
): number {
  const sessions = use * workers * places;
  return redisShares({ workers, orchestrators, sessions, holdSeconds: holdMs / 1000 }).total;
}

function describe(results: readonly SimulationResult[]): string {
  const [first] = results;
  if (first === undefined) return '';
  const { workers, orchestrators, places } = first.scenario;
  return `${workers} workers of ${places} places, ${orchestrators} orchestrators`;
}

function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
}
