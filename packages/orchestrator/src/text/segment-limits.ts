/** Lengths in Latin letters; an ideograph, a kana or a Hangul syllable counts as three. */
export interface SegmentLimits {
  /** A first segment longer than this may end at a clause; 60 by default. */
  readonly firstClauseAfter: number;
  /** Shortest first segment that ends at a clause; 25 by default. */
  readonly firstClauseMin: number;
  /** A later sentence shorter than this is joined with the next one; 40 by default, 0 joins none. */
  readonly mergeBelow: number;
  /** Joined sentences are not longer than this together; 120 by default. */
  readonly mergeUpTo: number;
  /** No segment is longer than this, but for a line break at its end; 300 by default, at least 20. */
  readonly max: number;
}

/** The defaults of {@link SegmentLimits}. */
export const DEFAULT_SEGMENT_LIMITS: SegmentLimits = {
  firstClauseAfter: 60,
  firstClauseMin: 25,
  mergeBelow: 40,
  mergeUpTo: 120,
  max: 300,
};
