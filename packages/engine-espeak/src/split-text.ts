/** A piece of a longer text. */
export interface TextPart {
  readonly text: string;
  /** Where it starts in the whole, in UTF-16 code units. */
  readonly offset: number;
}

const sentenceEnd = /[.!?…。！？](?:["'”’)\]»]*)(?=\s|$)|[。！？]|\n/gu;
const wordEnd = /\s/gu;

/**
 * Cuts a text into parts of at most `maxLength` UTF-16 units (at least 2), which joined give the text again.
 * It cuts after the last sentence that fits, else after the last word, else anywhere but inside a code point.
 */
export function splitText(text: string, maxLength: number): TextPart[] {
  const parts: TextPart[] = [];
  let offset = 0;
  while (offset < text.length) {
    const length = text.length - offset <= maxLength ? text.length - offset : cutAt(text, offset, maxLength);
    parts.push({ text: text.slice(offset, offset + length), offset });
    offset += length;
  }
  return parts;
}

function cutAt(text: string, offset: number, maxLength: number): number {
  const window = text.slice(offset, offset + maxLength);
  const natural = lastEnd(window, sentenceEnd) ?? lastEnd(window, wordEnd);
  if (natural !== undefined) return natural;
  const last = window.charCodeAt(maxLength - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return splitsPair ? maxLength - 1 : maxLength;
}

function lastEnd(window: string, pattern: RegExp): number | undefined {
  let end: number | undefined;
  for (const match of window.matchAll(pattern)) end = match.index + match[0].length;
  return end;
}
