import { costCases, type ContenderResult, type CostCase } from './results.ts';
import type { VadCost } from './measure-cost.ts';
import {
  interruptionGroups,
  soundGroups,
  speechGroups,
  summarize,
  type ClipGroup,
  type Delay,
  type GroupSummary,
} from './summary.ts';

/** A table of the report: a row for each group of clips, a column for each engine. */
export interface ReportTable {
  readonly title: string;
  readonly note: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Every table about the engines. */
export function reportTables(results: readonly ContenderResult[]): ReportTable[] {
  const table = (
    title: string,
    note: string,
    groups: readonly ClipGroup[],
    cell: (summary: GroupSummary) => string,
  ): ReportTable => ({
    title,
    note,
    columns: ['', ...results.map(({ contender }) => contender.label)],
    rows: groups.map((group) => [
      group.label,
      ...results.map(({ scores }) => cell(summarize(scores, group))),
    ]),
  });
  const heard = [...speechGroups, ...interruptionGroups];
  const tables = [
    table(
      'Precision / recall',
      'Of 10 ms steps, as the engine itself decides. SNR rows: white, pink and hum together.',
      speechGroups,
      ({ precision, recall }) => `${share(precision)} / ${share(recall)}`,
    ),
    table(
      'Onset: from the first sound to the first decision for speech',
      'Median / 95th percentile in ms. Speech that began while the engine already said speech is left out.',
      speechGroups,
      ({ onset }) => delay(onset),
    ),
    table(
      'Offset: from the last sound to the first decision for silence that lasts',
      'Median / 95th percentile in ms; negative is early. `-`: it never noticed.',
      speechGroups,
      ({ offset }) => delay(offset),
    ),
    table(
      'Sound that is not speech: time called speech, and false starts',
      'Share of the time, and starts of the detector at its defaults per clip (about 6 s; coughs 3 s, echo 8 s). ' +
        'The system counts as speaking while its echo is heard.',
      soundGroups,
      ({ falseAlarmRate, falseStarts, clips }) =>
        `${share(falseAlarmRate)}, ${(falseStarts / Math.max(1, clips)).toFixed(1)}`,
    ),
    table(
      'Start: from the first sound to `speech_started`',
      'Median / 95th percentile in ms of the detector at its defaults, and how many were missed; while the ' +
        'system speaks 200 ms of speech are needed, otherwise 100 ms.',
      heard,
      ({ start, missedTurns, turns }) => `${delay(start)}, ${missedTurns} of ${turns} missed`,
    ),
    table(
      'Stop: from the last sound to `speech_stopped`',
      'Median / 95th percentile in ms of the detector, of which 300 ms are the silence it waits for, and clips ' +
        'that were still speech 1.5 s after the last word.',
      heard,
      ({ stop, stuckClips, clips }) => `${delay(stop)}, ${stuckClips} of ${clips} stuck`,
    ),
  ];
  const costly = results.filter(({ costs }) => costs.size > 0);
  return costly.length === 0 ? tables : [...tables, costTable(costly)];
}

function costTable(results: readonly ContenderResult[]): ReportTable {
  return {
    title: 'Cost: CPU for 20 ms of one stream, and how late decisions are',
    note:
      'Microseconds of CPU of all threads for a 20 ms frame sent in real time; then median / 99th percentile ' +
      'in ms from the frame that completes a decision to the decision.',
    columns: ['', ...results.map(({ contender }) => contender.label)],
    rows: costCases.map((costCase) =>
      [costCase.label].concat(results.map(({ costs }) => cost(costs.get(costCase.label), costCase))),
    ),
  };
}

/** A table as Markdown, without its title. */
export function markdownTable({ columns, rows }: ReportTable): string {
  return [
    markdownRow(columns),
    markdownRow(columns.map((_, index) => (index === 0 ? '---' : '--:'))),
    ...rows.map(markdownRow),
  ].join('\n');
}

function markdownRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** A table for the terminal. */
export function plainTable({ title, columns, rows }: ReportTable): string {
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ');
  return [title, line(columns), ...rows.map(line)].join('\n');
}

function share(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(2);
}

function delay({ medianMs, p95Ms }: Delay): string {
  return medianMs === undefined || p95Ms === undefined ? '-' : `${medianMs.toFixed(0)} / ${p95Ms.toFixed(0)}`;
}

/** What waking up 50 times a second costs varies by so much from one run to the next. */
const WAKE_UP_NOISE_US = 50;

function cost(value: VadCost | undefined, { streams }: CostCase): string {
  if (value === undefined) return '-';
  const { cpuUsPerFrame, latencyMedianMs, latencyP99Ms } = value;
  const noiseUs = WAKE_UP_NOISE_US / streams;
  const cpu = cpuUsPerFrame < noiseUs ? `< ${noiseUs}` : cpuUsPerFrame.toFixed(1);
  return `${cpu} us; ${latencyMedianMs.toFixed(1)} / ${latencyP99Ms.toFixed(1)}`;
}
