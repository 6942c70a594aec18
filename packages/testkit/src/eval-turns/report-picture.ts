import { barChart, type BarPanel } from './bar-chart.ts';
import { costCases, type ContenderResult } from './results.ts';
import {
  interruptionGroups,
  soundGroups,
  speechGroups,
  summarize,
  type ClipGroup,
  type GroupSummary,
} from './summary.ts';

/** A lone stream costs a waking up each time, which would leave nothing to be seen of the others. */
const manyStreams = costCases.filter(({ streams }) => streams > 1);
const voiceLabels = new Set(['clean', '20 dB SNR', '10 dB SNR', '5 dB SNR', '0 dB SNR']);
const soundLabels = new Set(['steady noise, -25 dBFS', 'typing', 'beeps', 'coughs', 'babble alone']);

/** The picture of the report: what matters for the choice of the engine. */
export function reportPicture(results: readonly ContenderResult[]): string {
  // Gates belong to the detector, not to the engine, and would double the bars.
  const shown = results.filter(({ contender }) => contender.noiseGate === undefined);
  const panel = (
    facts: Pick<BarPanel, 'title' | 'unit' | 'max'>,
    groups: readonly ClipGroup[],
    of: (summary: GroupSummary) => number | undefined,
  ): BarPanel => ({
    ...facts,
    groups: groups.map(({ label }) =>
      label
        .replace(' SNR', '')
        .replace('steady noise, -25 dBFS', 'steady noise')
        .replace('no echo', 'while it speaks'),
    ),
    series: shown.map(({ contender, scores }) => ({
      label: contender.label,
      values: groups.map((group) => of(summarize(scores, group))),
    })),
  });
  const voices = speechGroups.filter(({ label }) => voiceLabels.has(label));
  const sounds = soundGroups.filter(({ label }) => soundLabels.has(label));
  return barChart('Voice activity engines on the turn-taking corpus', [
    panel(
      { title: 'Precision on speech, by noise', unit: 'higher is better', max: 1 },
      voices,
      (group) => group.precision,
    ),
    panel(
      { title: 'Sound that is no speech, called speech', unit: 'share of time, lower is better', max: 1 },
      sounds,
      (group) => group.falseAlarmRate,
    ),
    panel(
      { title: 'From the first sound to speech_started', unit: 'median ms, lower is better' },
      [...voices, ...interruptionGroups.slice(0, 1)],
      (group) => group.start.medianMs,
    ),
    {
      title: 'CPU for 20 ms of one stream',
      unit: 'us, lower is better',
      groups: manyStreams.map(({ label }) => label),
      series: shown.map(({ contender, costs }) => ({
        label: contender.label,
        values: manyStreams.map(({ label }) => costs.get(label)?.cpuUsPerFrame),
      })),
    },
  ]);
}
