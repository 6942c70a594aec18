import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heardWords } from './heard-words.ts';

for (const noise of [
  '',
  ' ',
  '.',
  '...',
  '♪',
  '♪ ♪',
  '[BLANK_AUDIO]',
  ' [ Silence ] ',
  '(wind blowing)',
  '(keys) [music].',
  '*coughs*',
  '（笑）',
]) {
  test(`${JSON.stringify(noise)} has no words`, () => {
    assert.deepEqual(heardWords(noise), []);
  });
}

for (const [text, words] of [
  ['wait, please', ['wait,', 'please']],
  ['[BLANK_AUDIO] stop', ['stop']],
  ['2 - 3', ['2', '3']],
  ['你好', ['你好']],
  ['你好，天气。', ['你好', '天气']],
  ['mm-hm.', ['mm-hm.']],
  ['one ( two', ['one', 'two']],
] as const) {
  test(`${JSON.stringify(text)} has ${words.length} words`, () => {
    assert.deepEqual(heardWords(text), words);
  });
}
