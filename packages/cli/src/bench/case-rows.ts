import { type BenchCase, cpuPerFrameUs, cpuPerSessionPercent, type TargetResult } from './bench-report.ts';
import { fixed, grouped, kilobytes, megabytes, ratio } from './format-number.ts';
import type { LatencySummary } from './load-generator/latency-histogram.ts';

/** One line of a case's table: what, the server's value, the bare pipe's, and how they compare. */
export type CaseRow = readonly [name: string, server: string, barePipe: string, ratio: string];

/** The table of one case. */
export function caseRows({ sessions, server, barePipe }: BenchCase): CaseRow[] {
  const numbers = (
    name: string,
    value: (result: TargetResult) => number | undefined,
    show: (value: number | undefined) => string,
  ): CaseRow => {
    const own = value(server);
    const floor = barePipe && value(barePipe);
    return [name, show(own), barePipe === undefined ? '-' : show(floor), ratio(own, floor)];
  };
  const texts = (name: string, show: (result: TargetResult) => string): CaseRow => [
    name,
    show(server),
    barePipe === undefined ? '-' : show(barePipe),
    '',
  ];
  return [
    texts(
      'frames received / expected',
      ({ window, expectedFrames }) => `${grouped(window.frames)} / ${grouped(expectedFrames)}`,
    ),
    numbers(
      'frames per second',
      ({ window }) => (window.frames * 1000) / window.durationMs,
      (value) => grouped(value ?? 0),
    ),
    texts('lost / duplicate / broken / errors', ({ counts }) =>
      [
        counts.lost,
        counts.duplicates,
        counts.contentBreaks + counts.wrongSize,
        counts.errors + counts.disconnects,
      ].join(' / '),
    ),
    numbers('CPU, % of a core', ({ targetCpuPercent }) => targetCpuPercent, decimals(1)),
    numbers('CPU per session, % of a core', (result) => cpuPerSessionPercent(result, sessions), decimals(3)),
    numbers('CPU per frame, us', cpuPerFrameUs, decimals(1)),
    texts(
      'CPU of worker / load generator, %',
      (result) => `${fixed(result.workerCpuPercent, 0)} / ${fixed(result.generatorCpuPercent, 0)}`,
    ),
    texts('other processes / stolen by the host, %', ({ disturbance }) =>
      [disturbance?.othersCpuPercent, disturbance?.stolenPercent].map(decimals(0)).join(' / '),
    ),
    texts('lateness p50 / p99 / max, ms', ({ window }) => percentiles(window.latenessMs)),
    texts('arrival spread p50 / p99 / max, ms', ({ window }) => percentiles(window.spreadMs)),
    texts('load generator late by p50 / p99 / max, ms', ({ window: { generatorDelayMs: delay } }) =>
      [delay.p50, delay.p99, delay.max].map(decimals(1)).join(' / '),
    ),
    numbers('first audio p50, ms', ({ firstAudioMs }) => firstAudioMs.p50, decimals(1)),
    numbers('first audio p99, ms', ({ firstAudioMs }) => firstAudioMs.p99, decimals(1)),
    texts('PAUSE to last frame p50 / p99 / max, ms', ({ control }) => percentiles(control?.pauseMs)),
    texts('STOP to last frame p50 / p99 / max, ms', ({ control }) => percentiles(control?.stopMs)),
    texts('memory at start / connected / speaking', ({ memory }) =>
      [memory?.startBytes, memory?.idleBytes, memory?.speakingBytes].map(megabytes).join(' / '),
    ),
    numbers(
      'memory per speaking session',
      ({ memory }) => memory && (memory.speakingBytes - memory.startBytes) / sessions,
      kilobytes,
    ),
  ];
}

function decimals(count: number): (value: number | undefined) => string {
  return (value) => fixed(value, count);
}

function percentiles(summary: LatencySummary | undefined): string {
  if (summary === undefined || summary.count === 0) return '-';
  return [summary.p50, summary.p99, summary.max].map((value) => value.toFixed(1)).join(' / ');
}
