import { CORPUS_RATE_HZ, rmsDbfs, type Interval, type Signal } from './signal.ts';

const STEP_SAMPLES = CORPUS_RATE_HZ / 200;
/** Below the loudest 5 ms of a clean voice by so much is no voice any more. */
const RANGE_DB = 45;
/** A shorter pause belongs to the speech: closures of consonants, gaps between words. */
const MAX_PAUSE_MS = 200;

/** Where a clean recording of a voice has speech, to 5 ms. Works only on voices without noise. */
export function speechIntervals(voice: Signal): Interval[] {
  const stepMs = (STEP_SAMPLES * 1000) / CORPUS_RATE_HZ;
  const levels: number[] = [];
  for (let at = 0; at < voice.length; at += STEP_SAMPLES) {
    levels.push(rmsDbfs(voice.subarray(at, at + STEP_SAMPLES)));
  }
  const threshold = Math.max(...levels) - RANGE_DB;
  const intervals: Interval[] = [];
  for (const [index, level] of levels.entries()) {
    if (level < threshold) continue;
    const startMs = index * stepMs;
    const last = intervals.at(-1);
    if (last !== undefined && startMs - last.endMs <= MAX_PAUSE_MS) intervals.pop();
    const joined = last !== undefined && startMs - last.endMs <= MAX_PAUSE_MS;
    intervals.push({ startMs: joined ? last.startMs : startMs, endMs: startMs + stepMs });
  }
  return intervals;
}
