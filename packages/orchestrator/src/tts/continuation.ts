import { FRAME_MS } from '@parley/audio';
import type { WordTiming } from '../playout/heard-ledger.ts';
import { hasWords } from '../text/index.ts';

/** How far a segment has got when its worker fails. Frames are 20 ms. */
export interface SegmentCoverage {
  readonly text: string;
  /** Where in `text` the worker that failed began, in UTF-16 units. */
  readonly fromOffset: number;
  /** Frames of the segment that had been pushed before what that worker began with. */
  readonly fromFrames: number;
  /** Frames of the segment that have been pushed in all. */
  readonly pushedFrames: number;
  /** Words with their ends as far as known, counted from the segment's beginning in text and time. */
  readonly words: readonly WordTiming[];
}

/** How a segment goes on with another worker. */
export type Continuation =
  /** Everything has been pushed. */
  | { readonly kind: 'covered' }
  /**
   * The text from `fromOffset` on is to be spoken; its audio belongs behind frame `fromFrames` of the segment,
   * and the first `skipFrames` of it have been pushed already.
   */
  | {
      readonly kind: 'speak';
      readonly fromOffset: number;
      readonly fromFrames: number;
      readonly skipFrames: number;
    };

/** Nobody speaks faster: words that claim to are not believed. */
const LEAST_MS_PER_UNIT = 10;

/**
 * Where a segment goes on. No text is ever left out, and as little as possible is heard twice:
 *
 * - With the times of words, at the first word of which not all has been pushed: a part of that one word may be
 *   heard twice.
 * - Without them, from the same beginning, less the frames already pushed. Where the new worker speaks with the
 *   same model, its audio is the same and nothing is heard twice.
 * - Without them and with another model, from the same beginning: frames of two voices cannot be compared.
 *
 * @param isSameModel whether the new worker speaks with the model of the one before
 */
export function continuationOf(coverage: SegmentCoverage, isSameModel: boolean): Continuation {
  const { text, fromOffset, fromFrames, pushedFrames } = coverage;
  const coveredTo = coveredOffset(coverage);
  if (coveredTo > fromOffset) {
    const nextOffset = coveredTo + betweenWords(text.slice(coveredTo));
    return hasWords(text.slice(nextOffset))
      ? { kind: 'speak', fromOffset: nextOffset, fromFrames: pushedFrames, skipFrames: 0 }
      : { kind: 'covered' };
  }
  return isSameModel
    ? { kind: 'speak', fromOffset, fromFrames, skipFrames: pushedFrames - fromFrames }
    : { kind: 'speak', fromOffset, fromFrames: pushedFrames, skipFrames: 0 };
}

/** The end of the last word that has been pushed whole. */
function coveredOffset({ text, fromOffset, fromFrames, pushedFrames, words }: SegmentCoverage): number {
  const pushedMs = pushedFrames * FRAME_MS;
  let coveredTo = fromOffset;
  for (const { textOffset, length, endMs } of words) {
    const end = textOffset + length;
    if (endMs <= pushedMs && end > coveredTo && !continuesWord.test(text.slice(end))) coveredTo = end;
  }
  const spokenMs = (pushedFrames - fromFrames) * FRAME_MS;
  return (coveredTo - fromOffset) * LEAST_MS_PER_UNIT <= spokenMs ? coveredTo : fromOffset;
}

/** A mark may name a part of a word only; scripts that put no space between words have no such doubt. */
const continuesWord =
  /^['’]?(?![\p{Ideographic}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}])[\p{L}\p{N}]/u;

/** Length of what closes a word: space and the marks that belong to what is before them. */
function betweenWords(text: string): number {
  return /^[\s.,;:!?…)\]}»”]*/.exec(text)?.[0].length ?? 0;
}
