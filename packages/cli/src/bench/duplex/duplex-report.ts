import { type CaseColumn, caseTable, runLines } from '../case-table.ts';
import type { Disturbance, MachineInfo } from '../bench-report.ts';
import { fixed, grouped } from '../format-number.ts';
import type { LatencySummary } from '../load-generator/latency-histogram.ts';
import { replaceMarked } from '../markdown-report.ts';
import type { DuplexCounts, DuplexProbes, DuplexWindow } from './duplex-messages.ts';

/** Voice activity engines that are compared. */
export type DuplexEngine = 'webrtc' | 'silero' | 'hybrid';

/** Everything one `parley bench --duplex` run found. */
export interface DuplexReport {
  readonly kind: 'duplex';
  /** Version of this format. */
  readonly version: 2;
  /** ISO 8601. */
  readonly startedAt: string;
  /** The command line, from `parley` on. */
  readonly command: string;
  readonly machine: MachineInfo;
  /** Which process ran on which core. */
  readonly pinning: string;
  /** Length of each steady window, in seconds. */
  readonly seconds: number;
  readonly cases: readonly DuplexCase[];
  /** Whether every case lost, repeated or broke nothing, and met no error. */
  readonly sound: boolean;
}

/** So many sessions with one engine. */
export interface DuplexCase {
  readonly sessions: number;
  readonly engine: DuplexEngine;
  readonly window: DuplexWindow;
  readonly counts: DuplexCounts;
  readonly probes: DuplexProbes;
  /** CPU time of the server over the window, in percent of one core. */
  readonly serverCpuPercent: number | undefined;
  readonly workerCpuPercent: number | undefined;
  readonly generatorCpuPercent: number | undefined;
  readonly disturbance: Disturbance | undefined;
}

/** Whether a case delivered every frame once, in order, with the right samples, and heard what there was. */
export function isDuplexSound({ counts, probes }: DuplexCase): boolean {
  const { broken, duplicates, errors, falseAlarms, frames, lost } = counts;
  const faults = lost + duplicates + broken + errors + falseAlarms;
  return frames > 0 && faults + probes.failedResumes + probes.missed === 0;
}

const COLUMNS: readonly CaseColumn<DuplexCase>[] = [
  ['sessions', ({ sessions }) => grouped(sessions)],
  ['engine', ({ engine }) => engine],
  [
    'CPU of a session, % of a core',
    ({ serverCpuPercent, sessions }) =>
      fixed(serverCpuPercent === undefined ? undefined : serverCpuPercent / sessions, 3),
  ],
  [
    'frames out / in, % of real time',
    ({ sessions, window }) => {
      const due = (sessions * window.durationMs) / 20;
      return [window.framesIn, window.framesOut].map((frames) => fixed((frames * 100) / due, 1)).join(' / ');
    },
  ],
  [
    'lost / twice / broken / errors / false alarms',
    ({ counts }) =>
      [counts.lost, counts.duplicates, counts.broken, counts.errors, counts.falseAlarms].join(' / '),
  ],
  ['PAUSE', ({ probes }) => percentiles(probes.pauseMs)],
  ['STOP', ({ probes }) => percentiles(probes.stopMs)],
  ['decision to last audio', ({ probes }) => percentiles(probes.decisionToLastFrameMs)],
  ['decision to hold', ({ probes }) => percentiles(probes.decisionToHoldMs)],
  ['onset to last audio', ({ probes }) => percentiles(probes.onsetToLastFrameMs)],
  ['onset to clear', ({ probes }) => percentiles(probes.onsetToClearMs)],
  ['missed', ({ probes }) => String(probes.missed)],
  [
    'others / stolen, %',
    ({ disturbance }) =>
      [disturbance?.othersCpuPercent, disturbance?.stolenPercent].map((value) => fixed(value, 0)).join(' / '),
  ],
  [
    'generator late by',
    ({ window: { generatorDelayMs: late } }) => `${late.p50.toFixed(1)} / ${late.p99.toFixed(1)}`,
  ],
];

/** One case as lines for a terminal. */
export function duplexCaseAsText(measured: DuplexCase): string {
  const width = Math.max(...COLUMNS.map(([name]) => name.length));
  const lines = COLUMNS.map(([name, show]) => `${name.padEnd(width)}  ${show(measured)}`);
  const { firstError } = measured.counts;
  return [...lines, ...(firstError === undefined ? [] : [firstError])].join('\n');
}

/** The report as a section of a Markdown page. */
export function duplexReportAsMarkdown(report: DuplexReport): string {
  return [
    ...runLines(report),
    `- Cores: ${report.pinning}; steady window of ${report.seconds} s`,
    '',
    'Times are p50 / p99 in ms.',
    '',
    ...caseTable(COLUMNS, report.cases),
  ].join('\n');
}

/** Puts the section between `<!-- duplex:start -->` and `<!-- duplex:end -->` of a page. */
export function replaceDuplexSection(page: string, section: string): string {
  return replaceMarked(page, 'duplex', section);
}

function percentiles({ count, p50, p99 }: LatencySummary): string {
  return count === 0 ? '-' : `${p50.toFixed(1)} / ${p99.toFixed(1)}`;
}
