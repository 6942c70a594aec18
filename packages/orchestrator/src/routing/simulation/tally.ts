import type { RedisCommand } from './redis-costs.ts';
import type { Scenario } from './simulate.ts';
import type { RedisLoad } from './simulated-redis.ts';

/** What a simulation showed. Shares are between 0 and 1. */
export interface SimulationOutcome {
  /** Sessions that asked for a place while it was measured. */
  readonly asked: number;
  /** Share of them that got none. */
  readonly refused: number;
  /** Share of them that got none although some worker had room. */
  readonly refusedNeedlessly: number;
  /** Share of places taken. */
  readonly use: number;
  /** Standard deviation of that share among workers. */
  readonly spread: number;
  /** Share of workers that have no place free. */
  readonly full: number;
  /** Candidates that a session had Redis look at. */
  readonly lookedPerSession: number;
  /** Time until a session had its place, in ms. */
  readonly placeMs: Quantiles;
  /** Time from there to its first audio, in ms. */
  readonly firstAudioMs: Quantiles;
  /** Commands a second. */
  readonly commands: number;
  /** By name. */
  readonly commandsByName: ReadonlyMap<RedisCommand, number>;
  /** Share of one core that they keep Redis busy. */
  readonly redisBusy: number;
}

/** Median and 99th percentile. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

/** Counts what happens in a simulation. */
export class Tally {
  readonly #scenario: Scenario;
  readonly #placeMs: number[] = [];
  readonly #firstAudioMs: number[] = [];
  #refused = 0;
  #refusedNeedlessly = 0;
  #samples = 0;
  #use = 0;
  #spread = 0;
  #full = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  /** A session has got its place. */
  placed(afterMs: number, firstAudioMs: number): void {
    this.#placeMs.push(afterMs);
    this.#firstAudioMs.push(firstAudioMs);
  }

  /** A session was refused while so many places were taken on each worker. */
  refused(taken: readonly number[]): void {
    this.#refused += 1;
    if (taken.some((count) => count < this.#scenario.places)) this.#refusedNeedlessly += 1;
  }

  /** So many places are taken on each worker. */
  sampled(taken: readonly number[]): void {
    const { places } = this.#scenario;
    const use = taken.reduce((sum, count) => sum + count, 0) / (taken.length * places);
    const squares = taken.reduce((sum, count) => sum + (count / places - use) ** 2, 0);
    this.#samples += 1;
    this.#use += use;
    this.#spread += Math.sqrt(squares / taken.length);
    this.#full += taken.filter((count) => count >= places).length / taken.length;
  }

  /** What all this comes to; `load` is what Redis did meanwhile. */
  outcome(load: RedisLoad): SimulationOutcome {
    const asked = this.#placeMs.length + this.#refused;
    const seconds = this.#scenario.measureMs / 1000;
    const commandsByName = new Map([...load.commands].map(([name, count]) => [name, count / seconds]));
    return {
      asked,
      refused: this.#refused / asked,
      refusedNeedlessly: this.#refusedNeedlessly / asked,
      use: this.#use / this.#samples,
      spread: this.#spread / this.#samples,
      full: this.#full / this.#samples,
      lookedPerSession: load.claimsLooked / asked,
      placeMs: quantiles(this.#placeMs),
      firstAudioMs: quantiles(this.#firstAudioMs),
      commands: [...commandsByName.values()].reduce((sum, count) => sum + count, 0),
      commandsByName,
      redisBusy: load.busyUs / 1e6 / seconds,
    };
  }
}

function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
