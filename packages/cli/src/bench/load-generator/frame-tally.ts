import type { FrameCounts } from './load-messages.ts';

/** Running totals over all sessions of a load generator; see {@link FrameCounts} for the meanings. */
export type FrameTally = { -readonly [K in keyof FrameCounts]: FrameCounts[K] };

/** A tally of nothing yet. */
export function createFrameTally(): FrameTally {
  return {
    frames: 0,
    lost: 0,
    duplicates: 0,
    gaps: 0,
    contentBreaks: 0,
    contentChecked: 0,
    wrongSize: 0,
    errors: 0,
    disconnects: 0,
    firstError: undefined,
  };
}
