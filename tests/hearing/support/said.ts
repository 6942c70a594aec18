import { asrExamples } from '@parley/testkit';
import { joinSamples } from './join-samples.ts';

/** The recording of the model for tests in which this is said; every call gives samples of its own. */
export function said(transcript: string): Int16Array {
  const example = asrExamples().find((one) => one.transcript === transcript);
  if (example === undefined) throw new Error(`nobody says ${transcript}`);
  return example.samples;
}

/** Quieter than any sound of the recordings. */
const QUIET = 200;
/** 100 ms at 16 kHz. */
const BREATH = new Int16Array(1600);

/** These recordings one after the other, with no more between them than a breath. */
export function saidTogether(...transcripts: readonly string[]): Int16Array {
  const parts = transcripts.flatMap((transcript) => [withoutQuiet(said(transcript)), BREATH]);
  return joinSamples(parts);
}

function withoutQuiet(samples: Int16Array): Int16Array {
  return samples.slice(samples.findIndex(isSound), samples.findLastIndex(isSound) + 1);
}

function isSound(sample: number): boolean {
  return Math.abs(sample) > QUIET;
}
