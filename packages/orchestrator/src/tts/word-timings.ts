import type { WordMark } from '@parley/worker-api';
import type { WordTiming } from '../playout/heard-ledger.ts';

/**
 * Reads a worker's word marks for `text`. A mark that does not name the word at its place in the text is left
 * out, as is one without a time: some workers count bytes or code points, or mark a text they have rewritten.
 *
 * @returns the words that can be relied on, in the order of `marks`; offsets and times are those of the marks
 */
export function readWordMarks(marks: readonly WordMark[], text: string): WordTiming[] {
  const words: WordTiming[] = [];
  for (const { word, textOffset, startMs, endMs } of marks) {
    if (word === '' || textOffset < 0 || startMs < 0 || endMs <= 0 || endMs < startMs) continue;
    const marked = text.slice(textOffset, textOffset + word.length);
    if (marked.toLowerCase() !== word.toLowerCase()) continue;
    words.push({ textOffset, length: word.length, endMs });
  }
  return words;
}
