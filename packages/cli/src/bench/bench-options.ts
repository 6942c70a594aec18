import { CliError } from '../cli-error.ts';

/** What one `parley bench` run does. */
export interface BenchOptions {
  /** Session counts, one case each, in order. Default 100, 500, 1000. */
  readonly sessions: readonly number[];
  /** Length of the steady window of each case, in seconds. Default 20. */
  readonly seconds: number;
  /** Time over which the sessions start to speak. Default: 5 ms a session, at least 500 ms. */
  readonly rampMs: number | undefined;
  /** A server that already runs (`ws://host:port/`). Default: one is started for every case. */
  readonly url: string | undefined;
  /** Process id of the server behind `url`, for its CPU and memory. */
  readonly serverPid: number | undefined;
  /** Whether every case is repeated against the bare pipe. Default true. */
  readonly barePipe: boolean;
  /** Whether processes are pinned to cores with `taskset`, where there is one. Default true. */
  readonly pin: boolean;
  /**
   * How far the worker runs ahead of real time, in milliseconds. Default 200: like a real engine, and enough
   * that its own timing does not show in the server's. 0: it gives every frame at the moment it is due.
   */
  readonly workerLeadMs: number;
  /** Sessions on which PAUSE, RESUME and STOP are timed. Default 40; 0 means none. */
  readonly controlSample: number;
  /** Connections that are opened and left silent, to weigh one. Default 0, which means no such case. */
  readonly idle: number;
  /** File the report is written to. */
  readonly jsonPath: string | undefined;
  /** Directory that gets a V8 CPU profile of the server and of the pipe for every case. */
  readonly cpuProfileDir: string | undefined;
  /** The whole run is ended after so many seconds. Default: what the cases need, and a margin. */
  readonly limitSeconds: number | undefined;
}

/** What a run does unless told otherwise. */
export const defaultBenchOptions: BenchOptions = {
  sessions: [100, 500, 1000],
  seconds: 20,
  rampMs: undefined,
  url: undefined,
  serverPid: undefined,
  barePipe: true,
  pin: true,
  workerLeadMs: 200,
  controlSample: 40,
  idle: 0,
  jsonPath: undefined,
  cpuProfileDir: undefined,
  limitSeconds: undefined,
};

/** A run of a few seconds that shows whether the harness counts right; its speeds mean nothing. */
export const smokeBenchOptions: BenchOptions = {
  ...defaultBenchOptions,
  sessions: [5],
  seconds: 2,
  rampMs: 200,
  controlSample: 2,
  limitSeconds: 180,
};

/**
 * Reads `100,500,1000`.
 *
 * @throws CliError `USAGE` when an entry is not a whole number from 1 to 20,000.
 */
export function parseSessionCounts(text: string): number[] {
  return text.split(',').map((entry) => parseCount('--sessions', entry, 1, 20_000));
}

/**
 * Reads a whole number given to `flag`.
 *
 * @throws CliError `USAGE` when it is none or outside the limits.
 */
export function parseCount(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
    throw new CliError(
      'USAGE',
      `${flag}: ${JSON.stringify(text)} is not a whole number from ${least} to ${most.toLocaleString('en')}`,
    );
  }
  return value;
}

/**
 * Reads a number, with or without a fraction, given to `flag`.
 *
 * @throws CliError `USAGE` when it is none or outside the limits.
 */
export function parseAmount(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < least || value > most) {
    throw new CliError('USAGE', `${flag}: ${JSON.stringify(text)} is not a number from ${least} to ${most}`);
  }
  return value;
}
