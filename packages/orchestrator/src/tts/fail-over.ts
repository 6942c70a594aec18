/** How a segment has fared so far, when a worker fails on it. */
export interface SegmentHistory {
  /** Workers that have failed on it, the last one included. */
  readonly failures: number;
  /** Whether any of its audio has been pushed. */
  readonly hasAudio: boolean;
}

/** What is done when a worker fails on a segment. */
export type FailOverDecision =
  | 'go_on'
  /** Go on if the retry budget allows it. */
  | 'go_on_within_budget'
  | 'give_up';

/** When a worker was found to have failed. */
export type FailOverPhase =
  /** It was gone when the next segment began. */
  'between_segments' | 'before_audio' | 'mid_segment';

/** Workers that one segment is given to, at most. */
const MAX_WORKERS = 3;

/**
 * Whether a segment is given to another worker. Before it can be heard it is tried once more, and only within the
 * budget: where workers fail under their load, trying again adds to it. (The budget is not asked where the worker is
 * gone.) What is heard already is finished if a third worker can.
 */
export function decideFailOver({ failures, hasAudio }: SegmentHistory): FailOverDecision {
  if (failures >= MAX_WORKERS) return 'give_up';
  if (hasAudio) return 'go_on';
  return failures === 1 ? 'go_on_within_budget' : 'give_up';
}
