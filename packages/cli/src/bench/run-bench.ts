import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { CliError } from '../cli-error.ts';
import type { BenchOptions } from './bench-options.ts';
import { type BenchCase, type BenchReport, isSound } from './bench-report.ts';
import { describeMachine } from './machine-info.ts';
import { planCores } from './processes/cores.ts';
import { measureTarget } from './measure-target.ts';
import type { RigOptions } from './rig.ts';
import { planSpeech } from './speech-plan.ts';
import { weighIdle } from './weigh-idle.ts';

/** What {@link runBench} needs beside its options. */
export interface BenchContext {
  /** The command line, for the report. */
  readonly command: string;
  /** Ends the run early; all processes are gone when {@link runBench} then rejects. */
  readonly signal: AbortSignal;
  /** Told what is going on. */
  readonly onProgress?: (what: string) => void;
  /** Told each case as soon as it is measured. */
  readonly onCase?: (measured: BenchCase) => void;
}

/** What a target takes beside its window: starting, ramp, warm-up, probes, ending. */
const overheadSeconds = 120;

/**
 * Measures a server under load, and beside it the bare pipe under the same load.
 *
 * @throws CliError `START_FAILED` when a process fails or the time limit passes; whatever `signal` was aborted with.
 */
export async function runBench(options: BenchOptions, context: BenchContext): Promise<BenchReport> {
  const { onProgress = () => {} } = context;
  const limitSeconds = options.limitSeconds ?? defaultLimitSeconds(options);
  const limit = new AbortController();
  const timer = setTimeout(() => {
    const advice = 'See what the last lines above wait for, or allow more with --limit.';
    limit.abort(new CliError('START_FAILED', `the benchmark took longer than ${limitSeconds} s`, { advice }));
  }, limitSeconds * 1000);
  const signal = AbortSignal.any([context.signal, limit.signal]);
  if (options.cpuProfileDir !== undefined) await mkdir(options.cpuProfileDir, { recursive: true });
  const machine = describeMachine();
  const startedAt = new Date().toISOString();
  const cores = planCores(options.pin);
  onProgress(`${cores.note}; load average ${machine.loadAverage.toFixed(2)}`);
  try {
    const rig = (kind: RigOptions['kind'], sessions: number): RigOptions => ({
      kind,
      sessions,
      options,
      plan: planSpeech(options, sessions),
      cores,
      signal,
      onProgress: (what) => onProgress(`${kind}: ${what}`),
    });
    const cases: BenchCase[] = [];
    for (const sessions of options.sessions) {
      const server = await measureTarget(rig('server', sessions));
      const barePipe = options.barePipe ? await measureTarget(rig('bare pipe', sessions)) : undefined;
      const measured = { sessions, server, barePipe };
      cases.push(measured);
      context.onCase?.(measured);
      await delay(500, undefined, { signal });
    }
    const idle =
      options.idle > 0
        ? await weighIdle(
            rig('server', options.idle),
            options.barePipe ? rig('bare pipe', options.idle) : undefined,
          )
        : undefined;
    return {
      version: 1,
      startedAt,
      command: context.command,
      machine,
      pinning: cores.note,
      seconds: options.seconds,
      workerLeadMs: options.workerLeadMs,
      cases,
      idle,
      sound: cases.every(({ server }) => isSound(server)),
    };
  } finally {
    clearTimeout(timer);
  }
}

function defaultLimitSeconds(options: BenchOptions): number {
  const targets = options.barePipe ? 2 : 1;
  const cases = options.sessions.length + (options.idle > 0 ? 1 : 0);
  return targets * cases * (options.seconds + overheadSeconds);
}
