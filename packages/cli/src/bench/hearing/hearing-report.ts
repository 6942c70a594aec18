import { type CaseColumn, caseTable, runLines } from '../case-table.ts';
import type { MachineInfo } from '../bench-report.ts';
import { fixed, grouped, megabytes } from '../format-number.ts';
import type { LatencySummary } from '../load-generator/latency-histogram.ts';
import { replaceMarked } from '../markdown-report.ts';

/** Everything one `parley bench --hearing` run found. */
export interface HearingReport {
  readonly kind: 'hearing';
  /** Version of this format. */
  readonly version: 1;
  /** ISO 8601. */
  readonly startedAt: string;
  /** The command line, from `parley` on. */
  readonly command: string;
  readonly machine: MachineInfo;
  /** Name of the recognition model. */
  readonly model: string;
  /** From the first sound of what was said to its last one, in ms. */
  readonly speechMs: number;
  /** Silence after which a turn was over, in ms: part of every latency. */
  readonly endpointingMs: number;
  /** Time the language model took, in ms. */
  readonly llmDelayMs: number;
  /** How long each case was measured, in seconds. */
  readonly seconds: number;
  readonly cases: readonly HearingCase[];
  /** Whether every turn was transcribed and answered, and there was no error. */
  readonly sound: boolean;
}

/** What answers. */
export type HearingResponder = 'echo' | 'llm';

/** So many sessions that speak and are answered, turn after turn. */
export interface HearingCase {
  readonly sessions: number;
  readonly responder: HearingResponder;
  readonly turns: HearingTurns;
  readonly recognizer: RecognizerUse;
  /** CPU time of the server without its recognizer, in percent of one core. */
  readonly serverCpuPercent: number | undefined;
}

/** What became of the turns of a case. Latencies are from the last sound, in ms. */
export interface HearingTurns {
  readonly said: number;
  /** Turns without a final transcript, with an empty one, or without an answer. */
  readonly failed: number;
  readonly errors: number;
  readonly firstError?: string;
  /** One transcript, to see that the model understands what is said. */
  readonly transcript: string;
  readonly finalMs: LatencySummary;
  readonly firstAudioMs: LatencySummary;
}

/** What the recognizer did, and with how much. */
export interface RecognizerUse {
  readonly processes: number;
  /** Mean time of a decode over the length of its audio. */
  readonly realTimeFactor: { readonly partial: number | undefined; readonly final: number | undefined };
  readonly partials: number;
  readonly partialsShed: number;
  /** CPU time of its processes, in percent of one core. */
  readonly cpuPercent: number | undefined;
  /** Resident memory of its processes together, at the end. */
  readonly rssBytes: number | undefined;
}

/** Whether every turn of a case was transcribed and answered. */
export function isHearingSound({ turns }: HearingCase): boolean {
  return turns.said > 0 && turns.failed + turns.errors === 0;
}

/** How many such sessions one core could recognize, by the CPU time they took; `undefined` where it is not known. */
export function sessionsPerCore({ recognizer, sessions }: HearingCase): number | undefined {
  const { cpuPercent } = recognizer;
  return cpuPercent === undefined || cpuPercent === 0 ? undefined : (100 * sessions) / cpuPercent;
}

const COLUMNS: readonly CaseColumn<HearingCase>[] = [
  ['sessions', ({ sessions }) => grouped(sessions)],
  ['responder', ({ responder }) => responder],
  ['turns / failed / errors', ({ turns }) => [turns.said, turns.failed, turns.errors].join(' / ')],
  ['end of speech to final transcript', ({ turns }) => percentiles(turns.finalMs)],
  ['end of speech to first audio', ({ turns }) => percentiles(turns.firstAudioMs)],
  [
    'real-time factor, final / partial',
    ({ recognizer: { realTimeFactor } }) =>
      [realTimeFactor.final, realTimeFactor.partial].map((value) => fixed(value, 3)).join(' / '),
  ],
  ['partials / shed', ({ recognizer }) => [recognizer.partials, recognizer.partialsShed].join(' / ')],
  ['recognizer CPU, % of a core', ({ recognizer }) => fixed(recognizer.cpuPercent, 1)],
  ['sessions per core', (measured) => fixed(sessionsPerCore(measured), 1)],
  ['recognizer memory', ({ recognizer }) => megabytes(recognizer.rssBytes)],
  ['server CPU, % of a core', ({ serverCpuPercent }) => fixed(serverCpuPercent, 1)],
];

/** One case as lines for a terminal. */
export function hearingCaseAsText(measured: HearingCase): string {
  const width = Math.max(...COLUMNS.map(([name]) => name.length));
  const lines = COLUMNS.map(([name, show]) => `${name.padEnd(width)}  ${show(measured)}`);
  const { firstError, transcript } = measured.turns;
  lines.push(`${'transcript'.padEnd(width)}  ${JSON.stringify(transcript)}`);
  return [...lines, ...(firstError === undefined ? [] : [firstError])].join('\n');
}

/** The report as a section of a Markdown page. */
export function hearingReportAsMarkdown(report: HearingReport): string {
  return [
    ...runLines(report),
    `- Model: \`${report.model}\`; ${(report.speechMs / 1000).toFixed(1)} s of speech a turn, one turn after the other for ${report.seconds} s`,
    `- The turn ends after ${report.endpointingMs} ms of silence, which is part of every time; \`llm\` takes ${report.llmDelayMs} ms for its answer`,
    '',
    'Times are p50 / p99 in ms. Sessions per core are those that take one turn after the other, by the CPU time of the recognizer.',
    '',
    ...caseTable(COLUMNS, report.cases),
  ].join('\n');
}

/** Puts the section between `<!-- hearing:start -->` and `<!-- hearing:end -->` of a page. */
export function replaceHearingSection(page: string, section: string): string {
  return replaceMarked(page, 'hearing', section);
}

function percentiles({ count, p50, p99 }: LatencySummary): string {
  return count === 0 ? '-' : `${p50.toFixed(0)} / ${p99.toFixed(0)}`;
}
