import {
  isBreakingSpace,
  isClauseMark,
  isCloser,
  isDash,
  isExtender,
  isLineBreak,
  isNoBreakSpace,
  isTerminator,
  isWideClauseMark,
  soundingLength,
} from './characters.ts';
import { hardCut } from './hard-cut.ts';
import type { SegmentLimits } from './segment-limits.ts';
import { beginSentenceEnd, extendSentenceEnd, judgeStop, type SentenceEnd } from './sentence-end.ts';

/** What decides where a text is cut, besides the text itself. */
export interface CutRules {
  readonly isFirst: boolean;
  /** Whether nothing follows the text; until then half a surrogate pair at its end is not looked at. */
  readonly isFinal: boolean;
  /** Base language: `de`. */
  readonly language: string;
  readonly limits: SegmentLimits;
}

/**
 * Finds where the first segment of `text` ends; `undefined` when more text is needed to know. The text is
 * read once from left to right, and the answer is given at the first character that settles it, so more
 * text never changes it.
 */
export function findCut(text: string, rules: CutRules): number | undefined {
  const scanner = new CutScanner(text, rules);
  for (let i = 0; i < text.length;) {
    const code = text.codePointAt(i) ?? 0;
    if (!rules.isFinal && i === text.length - 1 && code >= 0xd800 && code <= 0xdbff) return undefined;
    const character = code > 0xffff ? text.slice(i, i + 2) : text.charAt(i);
    const cut = scanner.read(i, character);
    if (cut !== undefined) return cut;
    i += character.length;
  }
  return undefined;
}

class CutScanner {
  readonly #text: string;
  readonly #rules: CutRules;
  /** Sounding length of what has been read. */
  #length = 0;
  #previous = '';
  #pending: SentenceEnd | undefined;
  /** End of a sentence that is to be joined with the next one, should that fit; 0 for none. */
  #joinable = 0;
  #clause = 0;
  #clauseLength = 0;
  #space = 0;

  constructor(text: string, rules: CutRules) {
    this.#text = text;
    this.#rules = rules;
  }

  /** Reads the character at `position`; returns where to cut, once that is known. */
  read(position: number, character: string): number | undefined {
    const { isFirst, limits } = this.#rules;
    const isSpace = isBreakingSpace(character);
    this.#length += soundingLength(character);
    // A carriage return and its line feed are one grapheme.
    if (isSpace && position > 0 && this.#previous !== '\r') this.#space = position;
    if (this.#length > limits.mergeUpTo && this.#joinable > 0) return this.#joinable;
    if (this.#length > limits.max) {
      return this.#forcedCut(position, character);
    }

    const end = this.#sentenceEnd(position, character, isSpace);
    if (end > 0 && this.#isSpeakable(end)) {
      if (isFirst || this.#length > limits.mergeBelow) return end;
      this.#joinable = end;
    }
    if (this.#isClauseEnd(position, character, isSpace)) this.#markClause(position);
    this.#previous = character;

    const isLong = this.#length > limits.firstClauseAfter;
    return isFirst && isLong && this.#clauseLength >= limits.firstClauseMin ? this.#clause : undefined;
  }

  /** Position of a sentence's end that this character settles, or 0. */
  #sentenceEnd(position: number, character: string, isSpace: boolean): number {
    const pending = this.#pending;
    if (isLineBreak(character)) {
      this.#pending = undefined;
      return position + 1;
    }
    if (pending === undefined) {
      this.#pending = beginSentenceEnd(position, character);
      return 0;
    }
    if (isExtender(character) || (isSpace && pending.space !== undefined)) return 0;
    if (pending.space !== undefined) {
      const verdict = judgeStop(this.#text, pending, character, this.#rules.language);
      if (verdict === 'clause') this.#markClause(pending.space);
      this.#pending = beginSentenceEnd(position, character);
      return verdict === 'sentence' ? pending.space : 0;
    }
    if (isTerminator(character) || isCloser(character) || isNoBreakSpace(character)) {
      extendSentenceEnd(pending, character);
      return 0;
    }
    if (isSpace && !pending.isStrong) {
      pending.space = position;
      return 0;
    }
    this.#pending = undefined;
    return isSpace || pending.isWide ? position : 0;
  }

  #isClauseEnd(position: number, character: string, isSpace: boolean): boolean {
    const previous = this.#previous;
    if (isWideClauseMark(previous)) return !isCloser(character) && !isExtender(character);
    if (!isSpace) return false;
    if (isDash(previous)) return position > 2 && isBreakingSpace(this.#text.charAt(position - 2));
    return isClauseMark(previous);
  }

  #markClause(position: number): void {
    this.#clause = position;
    this.#clauseLength = this.#length;
  }

  /** Where to cut a segment that the character at `position` makes too long. */
  #forcedCut(position: number, character: string): number {
    const { max } = this.#rules.limits;
    if (this.#clauseLength >= max / 3) return this.#clause;
    if (this.#space > 0 && this.#isSpeakable(this.#space)) return this.#space;
    const cut = hardCut(this.#text.slice(0, position + character.length), this.#rules.language);
    // One grapheme of endless combining marks is torn, for what waits must have a bound.
    return cut === 0 ? position : cut;
  }

  #isSpeakable(end: number): boolean {
    return /[\p{L}\p{N}]/u.test(this.#text.slice(0, end));
  }
}
