import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { WordTiming } from '../playout/heard-ledger.ts';
import { continuationOf, type Continuation, type SegmentCoverage } from './continuation.ts';

const text = 'One two, three (four) five.';
const words: readonly WordTiming[] = [
  { textOffset: 0, length: 3, endMs: 300 },
  { textOffset: 4, length: 4, endMs: 700 },
  { textOffset: 9, length: 5, endMs: 1100 },
  { textOffset: 15, length: 6, endMs: 1500 },
  { textOffset: 22, length: 5, endMs: 1900 },
];

const cases: readonly {
  readonly title: string;
  readonly coverage: Partial<SegmentCoverage>;
  readonly isOtherModel?: boolean;
  /** What is spoken next and how many frames of it are left out; `undefined` when all is covered. */
  readonly expected: readonly [rest: string, skipFrames: number, fromFrames: number] | undefined;
}[] = [
  { title: 'nothing was pushed', coverage: {}, expected: [text, 0, 0] },
  {
    title: 'no word times: the same text, less what was pushed',
    coverage: { pushedFrames: 7 },
    expected: [text, 7, 0],
  },
  {
    title: 'no word times and another model: the same text whole',
    coverage: { pushedFrames: 7 },
    isOtherModel: true,
    expected: [text, 0, 7],
  },
  {
    title: 'in the middle of a word: from that word on',
    coverage: { words, pushedFrames: 40 },
    expected: ['three (four) five.', 0, 40],
  },
  {
    title: 'exactly at the end of a word: from the next one on',
    coverage: { words, pushedFrames: 35 },
    expected: ['three (four) five.', 0, 35],
  },
  {
    title: 'one frame less: that word again',
    coverage: { words, pushedFrames: 34 },
    expected: ['two, three (four) five.', 0, 34],
  },
  {
    title: 'in the first word: less what was pushed',
    coverage: { words, pushedFrames: 14 },
    expected: [text, 14, 0],
  },
  {
    title: 'a bracket that opens belongs to what comes',
    coverage: { words, pushedFrames: 60 },
    expected: ['(four) five.', 0, 60],
  },
  { title: 'after the last word', coverage: { words, pushedFrames: 95 }, expected: undefined },
  {
    title: 'words another model said count as well',
    coverage: { words, pushedFrames: 60 },
    isOtherModel: true,
    expected: ['(four) five.', 0, 60],
  },
  {
    title: 'a second failure in what the second worker said, without times',
    coverage: { fromOffset: 9, fromFrames: 40, pushedFrames: 46, words: words.slice(0, 2) },
    expected: ['three (four) five.', 6, 40],
  },
  {
    title: 'a second failure in what the second worker said, with times',
    coverage: { fromOffset: 9, fromFrames: 40, pushedFrames: 60, words },
    expected: ['(four) five.', 0, 60],
  },
  {
    title: 'a mark on a part of a word covers nothing',
    coverage: { text: "Don't go.", words: [{ textOffset: 0, length: 3, endMs: 100 }], pushedFrames: 10 },
    expected: ["Don't go.", 10, 0],
  },
  {
    title: 'without spaces between words a mark is believed',
    coverage: { text: '你好世界', words: [{ textOffset: 0, length: 2, endMs: 400 }], pushedFrames: 30 },
    expected: ['世界', 0, 30],
  },
  {
    title: 'times that nobody could keep are not believed',
    coverage: { words: [{ textOffset: 0, length: 27, endMs: 1 }], pushedFrames: 2 },
    expected: [text, 2, 0],
  },
];

for (const { title, coverage, isOtherModel, expected } of cases) {
  test(`going on: ${title}`, () => {
    const whole = { text, fromOffset: 0, fromFrames: 0, pushedFrames: 0, words: [], ...coverage };
    const next = continuationOf(whole, isOtherModel !== true);
    assert.deepEqual(told(next, whole.text), expected);
  });
}

test('going on: no letter of a word that was not covered is ever left out', () => {
  const anyWords = fc.array(fc.record({ textOffset: fc.nat(30), length: fc.nat(12), endMs: fc.nat(3000) }), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(anyWords, fc.nat(120), fc.boolean(), (marked, pushedFrames, isSameModel) => {
      const next = continuationOf(
        { text, fromOffset: 0, fromFrames: 0, pushedFrames, words: marked },
        isSameModel,
      );
      const skipped = next.kind === 'covered' ? text.length : next.fromOffset;
      const ends = marked.filter(({ endMs }) => endMs <= pushedFrames * 20);
      const coveredTo = Math.max(0, ...ends.map(({ textOffset, length }) => textOffset + length));
      assert.doesNotMatch(text.slice(coveredTo, skipped), /[\p{L}\p{N}]/u);
    }),
  );
});

function told(next: Continuation, whole: string): [string, number, number] | undefined {
  if (next.kind === 'covered') return undefined;
  return [whole.slice(next.fromOffset), next.skipFrames, next.fromFrames];
}
