import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordsOf } from './words-of.ts';

const texts: readonly (readonly [string, readonly string[]])[] = [
  ['', []],
  [' \n', []],
  ['… - !', []],
  ['Stop, please.', ['Stop,', 'please.']],
  ["it's nine o'clock", ["it's", 'nine', "o'clock"]],
  ['mm-hm', ['mm-hm']],
  ['안녕하세요 여러분', ['안녕하세요', '여러분']],
  ['你好', ['你好']],
  ['你好，今天天气怎么样？', ['你好', '今天', '天气', '怎么', '样']],
  ['今日は天気', ['今日', 'は', '天気']],
  ['สวัสดีครับ', ['สวัสดี', 'ครับ']],
  ['打开 Wi-Fi', ['打开', 'Wi-Fi']],
];

for (const [text, words] of texts) {
  test(`"${text}" has ${words.length} words`, () => {
    assert.deepEqual(wordsOf(text), words);
  });
}
