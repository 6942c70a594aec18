import { findCut } from './cut-scanner.ts';
import { DEFAULT_SEGMENT_LIMITS, type SegmentLimits } from './segment-limits.ts';

/** Input of {@link segmentText}. */
export interface SegmentTextOptions {
  /** Text of the utterance that is in no segment yet: the former `rest` and what has come since. */
  readonly buffer: string;
  /** Whether the utterance ends with this text; then nothing is left as rest. */
  readonly isFinal: boolean;
  /** Whether the utterance has no segment yet; its first one is kept short, for early audio. */
  readonly isFirstSegment: boolean;
  /**
   * Makes a segment of whatever is there although more may come, as after an idle time; `false` by
   * default. Only half a surrogate pair at the end is kept as rest.
   */
  readonly flush?: boolean;
  /** BCP 47 tag, for abbreviations, ordinals and words; `en` by default and where it is no tag. */
  readonly locale?: string;
  /** {@link DEFAULT_SEGMENT_LIMITS} by default. */
  readonly limits?: SegmentLimits;
}

/** Output of {@link segmentText}; segments and rest together are exactly the buffer. */
export interface SegmentedText {
  /** None is empty, but one may hold nothing to say, as a last line break does. */
  readonly segments: readonly string[];
  /** Not longer than the longest segment. */
  readonly rest: string;
}

/**
 * Cuts text that comes in pieces into segments of about a sentence. Where a segment ends follows from its
 * own characters and the few after it, read from left to right: however a text is chunked, its segments
 * are the same, unless it is flushed in between. Cuts come before white space and after line breaks, never
 * inside a grapheme, unless one alone is longer than a segment may be.
 */
export function segmentText(options: SegmentTextOptions): SegmentedText {
  const { buffer, isFinal, flush = false, limits = DEFAULT_SEGMENT_LIMITS } = options;
  const language = /^[a-z]{2,3}(?![a-z])/i.exec(options.locale ?? '')?.[0].toLowerCase() ?? 'en';
  const segments: string[] = [];
  let isFirst = options.isFirstSegment;
  let rest = buffer;
  for (;;) {
    const cut = findCut(rest, { isFirst, isFinal, language, limits });
    if (cut === undefined) break;
    segments.push(rest.slice(0, cut));
    rest = rest.slice(cut);
    isFirst = false;
  }
  if (isFinal || flush) {
    const isTorn = !isFinal && /[\ud800-\udbff]$/.test(rest);
    const end = isTorn ? rest.length - 1 : rest.length;
    if (end > 0) segments.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return { segments, rest };
}
