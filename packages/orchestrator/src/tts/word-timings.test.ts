import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readWordMarks } from './word-timings.ts';

const text = 'Hello, dear world.';

test('marks that name the word at their place become words', () => {
  const words = readWordMarks(
    [
      { word: 'Hello,', startMs: 0, endMs: 300, textOffset: 0 },
      { word: 'DEAR', startMs: 300, endMs: 520, textOffset: 7 },
    ],
    text,
  );
  assert.deepEqual(words, [
    { textOffset: 0, length: 6, endMs: 300 },
    { textOffset: 7, length: 4, endMs: 520 },
  ]);
});

for (const { name, mark } of [
  { name: 'beside its word', mark: { word: 'dear', startMs: 0, endMs: 1, textOffset: 8 } },
  { name: 'of another text', mark: { word: 'two', startMs: 0, endMs: 1, textOffset: 7 } },
  { name: 'before the text', mark: { word: 'Hello', startMs: 0, endMs: 1, textOffset: -5 } },
  { name: 'behind the text', mark: { word: 'world', startMs: 0, endMs: 1, textOffset: 99 } },
  { name: 'without a word', mark: { word: '', startMs: 0, endMs: 1, textOffset: 7 } },
  { name: 'without a time', mark: { word: 'dear', startMs: 0, endMs: 0, textOffset: 7 } },
  { name: 'that ends before it begins', mark: { word: 'dear', startMs: 9, endMs: 5, textOffset: 7 } },
  { name: 'from before the beginning', mark: { word: 'dear', startMs: -3, endMs: 5, textOffset: 7 } },
]) {
  test(`a mark ${name} is left out`, () => {
    assert.deepEqual(readWordMarks([mark], text), []);
  });
}
