import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { joinWords, splitWords } from './split-words.ts';

const texts: readonly (readonly [string, readonly string[]])[] = [
  ['', []],
  [' Turn on,  please! ', ['Turn', ' on,', ' please!']],
  ['你好，今天。', ['你', '好，', '今', '天。']],
  ['用 Wi-Fi吗？ yes', ['用', ' Wi-Fi', '吗？', ' yes']],
  ['「はい」2回', ['「は', 'い」', '2', '回']],
  ['ดีดำ', ['ดี', 'ดำ']],
];

for (const [text, words] of texts) {
  test(`"${text}" is parted into ${words.length}`, () => {
    assert.deepEqual(splitWords(text), words);
  });
}

test('words of two transcripts are joined as their script does it', () => {
  assert.equal(joinWords(['turn', ' on', 'the', ' light']), 'turn on the light');
  assert.equal(joinWords(['你', '好', '今', '天']), '你好今天');
  assert.equal(joinWords([' there', 'again']), 'there again');
});

test('whatever is parted is joined to the same text again', () => {
  const unit = fc.constantFrom('a', 'B', '7', ' ', '你', '好', 'の', 'ดี', '，', '.', '「', '한', 'é');
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 30 }), (text) => {
      assert.equal(joinWords(splitWords(text)), text.trim().replace(/\s+/g, ' '));
    }),
  );
});
