import { isCloser, isNoBreakSpace, isTerminator } from './characters.ts';
import { segmentText } from './segmenter.ts';

/** Every sentence a segment, however long or short. */
const BY_SENTENCE = {
  firstClauseAfter: Number.POSITIVE_INFINITY,
  firstClauseMin: Number.POSITIVE_INFINITY,
  mergeBelow: 0,
  mergeUpTo: Number.POSITIVE_INFINITY,
  max: Number.POSITIVE_INFINITY,
};

/**
 * A text that broke off while it was written, up to the end of its last whole sentence; empty when there is none.
 *
 * @param locale BCP 47 tag
 */
export function wholeSentences(text: string, locale: string): string {
  const written = text.trimEnd();
  if (endsSentence(written)) return written;
  const { segments } = segmentText({
    buffer: written,
    isFinal: false,
    isFirstSegment: true,
    locale,
    limits: BY_SENTENCE,
  });
  return segments.join('').trimEnd();
}

/** Of a full stop behind a digit it is not known whether a decimal place was to follow. */
function endsSentence(text: string): boolean {
  const characters = Array.from(text);
  while (isOneOf(characters.at(-1), isCloser) || isOneOf(characters.at(-1), isNoBreakSpace)) characters.pop();
  return isOneOf(characters.at(-1), isTerminator) && !/\d\.$/.test(text);
}

function isOneOf(character: string | undefined, is: (character: string) => boolean): boolean {
  return character !== undefined && is(character);
}
