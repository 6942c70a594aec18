const SENTENCE_TERMINAL = /\p{Sentence_Terminal}/u;
const EXTENDER = /[\p{M}\u200d\p{Emoji_Modifier}\u{e0020}-\u{e007f}]/u;

const WIDE_TERMINATORS = '。！？｡︒';
const WIDE_CLAUSE_MARKS = '，、；：—';
const CLAUSE_MARKS = ',;:،؛';
const DASHES = '-–—';
/** Also markdown's marks, as `**Note.**` ends a sentence. */
const CLOSERS = '"\'”’»›)]}*_`」』）】》〉］';
const FIRM_CLOSERS = '"”»)]}」』）】》〉］';
const LINE_BREAKS = '\n\u2028\u2029';
const BREAKING_SPACE = /[ \t\n\v\f\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000]/;

/** Ends a sentence in some script: `.`, `!`, `?`, `…`, `。`, `؟`, `।` and others. */
export function isTerminator(character: string): boolean {
  if (character < '\u0080') return character === '.' || character === '!' || character === '?';
  return character === '…' || character === '‥' || SENTENCE_TERMINAL.test(character);
}

/** A terminator after which the sentence may still go on: full stops and ellipses of the Latin script. */
export function isWeakTerminator(character: string): boolean {
  return character === '.' || character === '…' || character === '‥';
}

/** Ends a sentence without a space after it: `。`. */
export function isWideTerminator(character: string): boolean {
  return WIDE_TERMINATORS.includes(character);
}

/** Ends a clause without a space after it: `，` or a long dash. */
export function isWideClauseMark(character: string): boolean {
  return WIDE_CLAUSE_MARKS.includes(character);
}

/** Ends a clause where white space follows. */
export function isClauseMark(character: string): boolean {
  return CLAUSE_MARKS.includes(character);
}

/** Parts clauses where white space stands on both sides. */
export function isDash(character: string): boolean {
  return DASHES.includes(character);
}

/** May stand between a terminator and the end of its sentence. */
export function isCloser(character: string): boolean {
  return CLOSERS.includes(character);
}

/** A closer that shows that what is in front of it is complete: no abbreviation. */
export function isFirmCloser(character: string): boolean {
  return FIRM_CLOSERS.includes(character);
}

/** Ends a sentence wherever it stands. */
export function isLineBreak(character: string): boolean {
  return LINE_BREAKS.includes(character);
}

/** White space at which text may be cut; no-break spaces and carriage returns are not. */
export function isBreakingSpace(character: string): boolean {
  if (character > ' ' && character < '\u0080') return false;
  return BREAKING_SPACE.test(character);
}

/** Stands in front of closing marks in French: `« Oui ! »`. */
export function isNoBreakSpace(character: string): boolean {
  return character === '\u00a0' || character === '\u202f';
}

/** Belongs to the character in front of it, so that no cut may come between. */
export function isExtender(character: string): boolean {
  return character >= '\u0300' && EXTENDER.test(character);
}

/**
 * How long a character sounds, in Latin letters: an ideograph, a kana or a Hangul syllable is a syllable
 * or more, and takes about as long as three letters.
 */
export function soundingLength(character: string): number {
  const isSyllable =
    (character >= '\u3041' && character <= '\u9fff') || (character >= '\uac00' && character <= '\ud7a3');
  return isSyllable ? 3 : character.length;
}
