import { UNSPACED } from '../text/unspaced-scripts.ts';

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const UNSPACED_START = new RegExp(`^${UNSPACED.source}`, 'u');
const UNSPACED_END = new RegExp(`${UNSPACED.source}$`, 'u');
const SOUNDS = /[\p{L}\p{M}\p{N}]/u;

/**
 * The parts of a transcript that may agree with another one: words between spaces, and single characters where
 * the script has no spaces, as where words begin there depends on what follows. Punctuation stays with what it
 * follows, or opens. A space before a part is kept, so that `joinWords` gives the same text again.
 */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  for (const [piece] of text.trim().matchAll(/\s*\S+/g)) {
    const bare = piece.trimStart();
    const space = bare === piece ? '' : ' ';
    const parts = UNSPACED.test(bare) ? splitUnspaced(bare) : [bare];
    for (const [index, part] of parts.entries()) words.push(index === 0 ? `${space}${part}` : part);
  }
  return words;
}

/** The text of these words, which may come from several transcripts: a space is put where scripts have one. */
export function joinWords(words: readonly string[]): string {
  let text = '';
  for (const word of words) {
    const touches =
      text === '' || word.startsWith(' ') || UNSPACED_END.test(text) || UNSPACED_START.test(word);
    text += touches ? word : ` ${word}`;
  }
  return text.trimStart();
}

function splitUnspaced(piece: string): readonly string[] {
  const parts: string[] = [];
  for (const { segment } of segmenter.segment(piece)) {
    const last = parts.at(-1);
    const opens = last !== undefined && !SOUNDS.test(last);
    const needsSpace = !UNSPACED_END.test(last ?? '') && !UNSPACED_START.test(segment);
    if (last !== undefined && (opens || needsSpace || !SOUNDS.test(segment))) {
      parts[parts.length - 1] = `${last}${segment}`;
    } else parts.push(segment);
  }
  return parts;
}
