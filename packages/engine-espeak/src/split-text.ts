import { MAX_WEIGHT, type Weigh } from './speech-weight.ts';

/** A piece of a longer text. */
export interface TextPart {
  readonly text: string;
  /** Where it starts in the whole, in UTF-16 code units. */
  readonly offset: number;
}

/** Long enough for any sentence, short enough for many texts to share the threads. */
const MAX_LENGTH = 400;
/** espeak drops the rest of a longer word, and misreads a longer number. */
const MAX_WORD_LENGTH = 35;
const MAX_NUMBER_LENGTH = 28;

const sentenceEnd = /[.!?…。！？](?:["'”’)\]»]*)(?=\s|$)|[。！？]|\n/gu;
const wordEnd = /\s/gu;
const number = /\p{N}/u;
const alphabetic = /(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{M}]/u;

/**
 * Cuts a text into parts that espeak speaks whole, which joined give the text again. It cuts after the last
 * sentence that fits, else after the last word, else anywhere but inside a code point.
 */
export function splitText(text: string, weigh: Weigh): TextPart[] {
  const parts: TextPart[] = [];
  let offset = 0;
  while (offset < text.length) {
    const most = longestFrom(text, offset, weigh);
    const length = offset + most === text.length ? most : naturalCut(text.slice(offset, offset + most));
    parts.push({ text: text.slice(offset, offset + length), offset });
    offset += length;
  }
  return parts;
}

/** UTF-16 units from `start` on that fit into one part; at least one code point. */
function longestFrom(text: string, start: number, weigh: Weigh): number {
  let length = 0;
  let weight = 0;
  let letters = 0;
  let digits = 0;
  // The window is a little longer than a part may be, so that its last character is seen whole.
  for (const point of text.slice(start, start + MAX_LENGTH + 1)) {
    weight += weigh(point);
    digits = number.test(point) ? digits + 1 : 0;
    letters = alphabetic.test(point) ? letters + 1 : 0;
    const isTooMuch =
      length + point.length > MAX_LENGTH ||
      weight > MAX_WEIGHT ||
      letters > MAX_WORD_LENGTH ||
      digits > MAX_NUMBER_LENGTH;
    if (isTooMuch && length > 0) break;
    length += point.length;
  }
  return length;
}

function naturalCut(window: string): number {
  return lastEnd(window, sentenceEnd) ?? lastEnd(window, wordEnd) ?? window.length;
}

function lastEnd(window: string, pattern: RegExp): number | undefined {
  let end: number | undefined;
  for (const match of window.matchAll(pattern)) end = match.index + match[0].length;
  return end;
}
