/** A text cut in two. */
export interface SplitText {
  readonly head: string;
  readonly tail: string;
}

/**
 * Cuts `text` after at most `maxCharacters` UTF-16 units (at least 2), never inside a surrogate pair. What
 * is cut apart is meant to be put together again, so the cut may lie inside a word.
 */
export function splitText(text: string, maxCharacters: number): SplitText {
  if (text.length <= maxCharacters) return { head: text, tail: '' };
  const end = isInsidePair(text, maxCharacters) ? maxCharacters - 1 : maxCharacters;
  return { head: text.slice(0, end), tail: text.slice(end) };
}

/** Cuts off the last character (both halves of a surrogate pair) as the tail. */
export function splitLastCharacter(text: string): SplitText {
  const end = Math.max(0, isInsidePair(text, text.length - 1) ? text.length - 2 : text.length - 1);
  return { head: text.slice(0, end), tail: text.slice(end) };
}

function isInsidePair(text: string, index: number): boolean {
  return (
    isBetween(text.charCodeAt(index - 1), 0xd800, 0xdbff) && isBetween(text.charCodeAt(index), 0xdc00, 0xdfff)
  );
}

function isBetween(code: number, low: number, high: number): boolean {
  return code >= low && code <= high;
}
