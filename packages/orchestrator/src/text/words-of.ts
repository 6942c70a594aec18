import { UNSPACED } from './unspaced-scripts.ts';

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });
const SOUNDS = /[\p{L}\p{N}]/u;

/**
 * The words of a text of any language: what stands between white space and has a letter or a digit, such as
 * `mm-hm.`, unless its script puts no spaces between words.
 */
export function wordsOf(text: string): readonly string[] {
  return text
    .split(/\s+/)
    .flatMap((piece) => (UNSPACED.test(piece) ? unspacedWords(piece) : [piece]))
    .filter((word) => SOUNDS.test(word));
}

function unspacedWords(piece: string): readonly string[] {
  return Array.from(segmenter.segment(piece), ({ segment }) => segment);
}
