import { isAbbreviationStop } from './abbreviations.ts';
import {
  isBreakingSpace,
  isFirmCloser,
  isTerminator,
  isWeakTerminator,
  isWideTerminator,
} from './characters.ts';

/** One or more terminators, with the closing marks after them, whose meaning depends on what follows. */
export interface SentenceEnd {
  /** Position of the first terminator. */
  readonly start: number;
  /** Whether it is one full stop, as after an abbreviation, and no ellipsis. */
  isSingleStop: boolean;
  /** Whether white space is enough to end the sentence, as after `!`. */
  isStrong: boolean;
  /** Whether the sentence ends even without white space, as after `。`. */
  isWide: boolean;
  /** Whether a bracket or quotation mark closed after it. */
  isClosed: boolean;
  /** Position of the white space after it, once there was some. */
  space: number | undefined;
}

/** Begins a possible end at a terminator; `undefined` for any other character. */
export function beginSentenceEnd(start: number, character: string): SentenceEnd | undefined {
  if (!isTerminator(character)) return undefined;
  return {
    start,
    isSingleStop: character === '.',
    isStrong: !isWeakTerminator(character),
    isWide: isWideTerminator(character),
    isClosed: false,
    space: undefined,
  };
}

/** Takes one more terminator or closing mark into a possible end. */
export function extendSentenceEnd(end: SentenceEnd, character: string): void {
  if (isTerminator(character)) {
    end.isSingleStop = false;
    end.isStrong ||= !isWeakTerminator(character);
    end.isWide ||= isWideTerminator(character);
  } else {
    end.isClosed ||= isFirmCloser(character);
  }
}

/** What a full stop or an ellipsis followed by white space turned out to be. */
export type StopVerdict = 'sentence' | 'clause' | 'none';

/** Judges a weak end by the first character after its white space. */
export function judgeStop(text: string, end: SentenceEnd, next: string, language: string): StopVerdict {
  const isLowerNext = /\p{Ll}/u.test(next);
  if (end.isSingleStop && !end.isClosed) {
    const wordStart = startOfWord(text, end.start);
    const word = text.slice(wordStart, end.start);
    const startsLine = /(?:^|\n)[\s>*_-]*$/.test(text.slice(Math.max(0, wordStart - LOOK_BACK), wordStart));
    if (word !== '' && isAbbreviationStop({ word, startsLine, next, language })) return 'none';
  }
  // A small letter mostly goes on with the sentence, but some people write nothing else.
  return isLowerNext ? 'clause' : 'sentence';
}

/** No abbreviation and no indentation is longer. */
const LOOK_BACK = 20;

function startOfWord(text: string, end: number): number {
  let start = end;
  while (start > 0 && end - start < LOOK_BACK) {
    const character = text.charAt(start - 1);
    if (isBreakingSpace(character) || '([{"\'“‘«*_\u00a0'.includes(character)) break;
    start -= 1;
  }
  return start;
}
