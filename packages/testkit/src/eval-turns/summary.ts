import { corpusEchoLevelsDbfs, corpusSnrsDb, type TurnClip } from '../turns/index.ts';
import type { ClipScore } from './score-clip.ts';
import { quantile, ratio } from './statistics.ts';

/** Clips that are reported together. */
export interface ClipGroup {
  readonly label: string;
  readonly has: (clip: TurnClip) => boolean;
}

const noisyAt = (snrDb: number): ClipGroup => ({
  label: `${snrDb} dB SNR`,
  has: (clip) => clip.category === 'noisy-speech' && clip.snrDb === snrDb && clip.noise !== 'babble',
});
const crowdAt = (snrDb: number): ClipGroup => ({
  label: `babble, ${snrDb} dB`,
  has: (clip) => clip.noise === 'babble' && clip.snrDb === snrDb,
});

/** Somebody talks to the system. */
export const speechGroups: readonly ClipGroup[] = [
  { label: 'clean', has: (clip) => clip.category === 'speech' },
  ...corpusSnrsDb.map(noisyAt),
  crowdAt(20),
  crowdAt(10),
  { label: 'backchannel', has: (clip) => clip.category === 'backchannel' },
];

/** Nobody talks to the system. */
export const soundGroups: readonly ClipGroup[] = [
  ...[-50, -35, -25].map((levelDbfs) => ({
    label: `steady noise, ${levelDbfs} dBFS`,
    has: (clip: TurnClip) => clip.category === 'noise' && clip.levelDbfs === levelDbfs,
  })),
  { label: 'typing', has: (clip) => clip.category === 'clicks' },
  { label: 'beeps', has: (clip) => clip.category === 'tones' },
  { label: 'coughs', has: (clip) => clip.category === 'cough' },
  { label: 'babble alone', has: (clip) => clip.category === 'babble' },
  ...corpusEchoLevelsDbfs.map((levelDbfs) => ({
    label: `own echo, ${levelDbfs} dBFS`,
    has: (clip: TurnClip) => clip.category === 'echo' && clip.levelDbfs === levelDbfs,
  })),
];

/** Somebody interrupts the system. */
export const interruptionGroups: readonly ClipGroup[] = [
  { label: 'no echo', has: (clip) => clip.category === 'interruption' && clip.levelDbfs === undefined },
  ...corpusEchoLevelsDbfs.toReversed().map((levelDbfs) => ({
    label: `echo at ${levelDbfs} dBFS`,
    has: (clip: TurnClip) => clip.category === 'interruption' && clip.levelDbfs === levelDbfs,
  })),
];

/** A median and a 95th percentile, in ms; `undefined` where there was nothing to measure. */
export interface Delay {
  readonly medianMs: number | undefined;
  readonly p95Ms: number | undefined;
}

/** What an engine made of a group of clips. */
export interface GroupSummary {
  readonly precision: number | undefined;
  readonly recall: number | undefined;
  /** Share of the time without speech that was called speech. */
  readonly falseAlarmRate: number | undefined;
  readonly onset: Delay;
  readonly offset: Delay;
  readonly start: Delay;
  readonly stop: Delay;
  readonly turns: number;
  readonly missedTurns: number;
  readonly falseStarts: number;
  readonly stuckClips: number;
  readonly clips: number;
}

/** Sums up the scores of a group's clips. */
export function summarize(scores: readonly ClipScore[], group: ClipGroup): GroupSummary {
  const own = scores.filter(({ clip }) => group.has(clip));
  const sum = (of: (score: ClipScore) => number): number =>
    own.reduce((total, score) => total + of(score), 0);
  const delay = (of: (score: ClipScore) => readonly number[]): Delay => {
    const values = own.flatMap(of);
    return { medianMs: quantile(values, 0.5), p95Ms: quantile(values, 0.95) };
  };
  const hits = sum((score) => score.hits);
  const falseAlarms = sum((score) => score.falseAlarms);
  return {
    precision: ratio(hits, hits + falseAlarms),
    recall: ratio(hits, hits + sum((score) => score.misses)),
    falseAlarmRate: ratio(falseAlarms, falseAlarms + sum((score) => score.rejections)),
    onset: delay((score) => score.onsetDelaysMs),
    offset: delay((score) => score.offsetDelaysMs),
    start: delay((score) => score.startDelaysMs),
    stop: delay((score) => score.stopDelaysMs),
    turns: sum((score) => score.clip.speech.length),
    missedTurns: sum((score) => score.missedTurns),
    falseStarts: sum((score) => score.falseStarts),
    stuckClips: own.filter((score) => score.stuck).length,
    clips: own.length,
  };
}
