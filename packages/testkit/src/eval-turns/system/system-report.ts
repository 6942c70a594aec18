import { barChart, type BarPanel } from '../bar-chart.ts';
import type { ReportTable } from '../report-tables.ts';
import { quantile } from '../statistics.ts';
import { interruptionGroups, soundGroups, speechGroups, type ClipGroup } from '../summary.ts';
import type { SystemResult } from './evaluate-system.ts';
import type { OutcomeScore } from './score-outcome.ts';

const isBackchannel: ClipGroup = {
  label: 'backchannel',
  has: ({ category }) => category === 'backchannel',
};
const wantedGroups: readonly ClipGroup[] = [
  ...speechGroups.filter(({ label }) => label !== isBackchannel.label),
  ...interruptionGroups,
];
const unwantedGroups: readonly ClipGroup[] = [isBackchannel, ...soundGroups];

/** Tables about the whole system: a row for each group of clips, a column for each engine. */
export function systemTables(results: readonly SystemResult[]): ReportTable[] {
  const table = (
    title: string,
    note: string,
    groups: readonly ClipGroup[],
    cell: (scores: readonly OutcomeScore[]) => string,
  ): ReportTable => ({
    title,
    note,
    columns: ['', ...results.map(({ engine }) => engine)],
    rows: groups.map((group) => [group.label, ...results.map(({ scores }) => cell(inGroup(scores, group)))]),
  });
  return [
    table(
      'Somebody interrupts: missed, and false ones before',
      'Interruptions missed of all; then times that speech was held / dropped before the user had said anything.',
      wantedGroups,
      (scores) => {
        const missed = scores.filter(({ isInterrupted }) => !isInterrupted).length;
        return `${missed} of ${scores.length}; ${falses(scores)}`;
      },
    ),
    table(
      'Nobody interrupts: false ones',
      'Times that speech was held / dropped per clip. Held means a pause of about a second; dropped is an interruption that nobody wanted.',
      unwantedGroups,
      falses,
    ),
    table(
      'Barge-in: from the first sound of the user to the last audio sent',
      'Median / 95th percentile in ms at the client, of interruptions that did not meet speech already held.',
      wantedGroups,
      (scores) => delay(scores, ({ lastFrameMs }) => lastFrameMs),
    ),
    table(
      'From the first sound of the user to `pause`, and to `clear`',
      'Medians in ms at the client. 500 ms of speech confirm an interruption.',
      wantedGroups,
      (scores) =>
        `${median(scores, ({ heldMs }) => heldMs)}, ${median(scores, ({ clearedMs }) => clearedMs)}`,
    ),
  ];
}

/** Frames that came although speech was held, of all clips together. */
export function framesWhileHeld(results: readonly SystemResult[]): number {
  return results
    .flatMap(({ scores }) => scores)
    .reduce((total, { framesWhileHeld }) => total + framesWhileHeld, 0);
}

/** The picture of the same. */
export function systemPicture(results: readonly SystemResult[]): string {
  const panel = (
    facts: Pick<BarPanel, 'title' | 'unit' | 'max'>,
    groups: readonly ClipGroup[],
    of: (scores: readonly OutcomeScore[]) => number | undefined,
  ): BarPanel => ({
    ...facts,
    groups: groups.map(({ label }) => label.replace(' SNR', '').replace(' dBFS', '').replace('steady ', '')),
    series: results.map(({ engine, scores }) => ({
      label: engine,
      values: groups.map((group) => of(inGroup(scores, group))),
    })),
  });
  const voices = wantedGroups.slice(0, 5);
  const sounds = unwantedGroups.filter(({ label }) =>
    ['backchannel', 'steady noise, -25 dBFS', 'typing', 'coughs', 'babble alone'].includes(label),
  );
  return barChart('The whole system, talked to by the turn-taking corpus', [
    panel(
      { title: 'From the first sound to the last audio', unit: 'median ms, lower is better' },
      [...voices, ...interruptionGroups.slice(0, 1)],
      (scores) =>
        quantile(
          numbers(scores, ({ lastFrameMs }) => lastFrameMs),
          0.5,
        ),
    ),
    panel(
      { title: 'Interruptions missed', unit: 'share', max: 1 },
      [...voices, ...interruptionGroups],
      (scores) => perClip(scores, ({ isInterrupted }) => (isInterrupted ? 0 : 1)),
    ),
    panel({ title: 'Held for nothing', unit: 'times a clip, lower is better' }, sounds, (scores) =>
      perClip(scores, ({ falseHolds }) => falseHolds),
    ),
    panel({ title: 'Dropped for nothing', unit: 'times a clip, lower is better' }, sounds, (scores) =>
      perClip(scores, ({ falseInterruptions }) => falseInterruptions),
    ),
  ]);
}

function inGroup(scores: readonly OutcomeScore[], group: ClipGroup): readonly OutcomeScore[] {
  return scores.filter(({ clip }) => group.has(clip));
}

function falses(scores: readonly OutcomeScore[]): string {
  const each = (of: (score: OutcomeScore) => number): string => perClip(scores, of).toFixed(1);
  return `${each(({ falseHolds }) => falseHolds)} / ${each(({ falseInterruptions }) => falseInterruptions)}`;
}

function perClip(scores: readonly OutcomeScore[], of: (score: OutcomeScore) => number): number {
  return scores.reduce((total, score) => total + of(score), 0) / Math.max(1, scores.length);
}

function numbers(scores: readonly OutcomeScore[], of: (score: OutcomeScore) => number | undefined): number[] {
  return scores.map(of).filter((value) => value !== undefined);
}

function delay(scores: readonly OutcomeScore[], of: (score: OutcomeScore) => number | undefined): string {
  const values = numbers(scores, of);
  const p95Ms = quantile(values, 0.95);
  return p95Ms === undefined ? '-' : `${median(scores, of)} / ${p95Ms.toFixed(0)}`;
}

function median(scores: readonly OutcomeScore[], of: (score: OutcomeScore) => number | undefined): string {
  return quantile(numbers(scores, of), 0.5)?.toFixed(0) ?? '-';
}
