/** Text as espeak may have it, and the way back from its positions to the original's. */
export interface PreparedText {
  readonly text: string;
  /** Offset in the original, in UTF-16 code units, of every code point of `text`, and one past the end. */
  readonly offsets: readonly number[];
}

/** What espeak would take as the start of an SSML tag. */
const tagStart = /^<[\p{L}/!?]/u;
/** What espeak would take as an XML entity. */
const entityStart = /^&#?[A-Za-z0-9]{1,12};/;

/**
 * Makes sure that text is only text: espeak always reads SSML tags, XML entities, `[[phonemes]]` and control
 * characters as commands. Tags, entities and brackets are taken apart by a space, which leaves how they are
 * read as it is ("less than"); control characters and lone surrogates become spaces.
 */
export function prepareText(original: string): PreparedText {
  const points: string[] = [];
  const offsets: number[] = [];
  let offset = 0;
  for (const point of original) {
    points.push(isUnspeakable(point) ? ' ' : point);
    offsets.push(offset);
    if (startsCommand(point, original, offset)) {
      points.push(' ');
      offsets.push(offset);
    }
    offset += point.length;
  }
  offsets.push(offset);
  return { text: points.join(''), offsets };
}

function startsCommand(point: string, text: string, offset: number): boolean {
  if (point === '<') return tagStart.test(text.slice(offset, offset + 3));
  if (point === '&') return entityStart.test(text.slice(offset, offset + 16));
  return point === '[' && text[offset + 1] === '[';
}

function isUnspeakable(point: string): boolean {
  const code = point.codePointAt(0) ?? 0;
  if (code < 0x20) return code !== 0x0a;
  return (code >= 0x7f && code <= 0x9f) || (code >= 0xd800 && code <= 0xdfff);
}
