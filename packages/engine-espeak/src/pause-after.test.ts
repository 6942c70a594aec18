import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pauseAfterMs } from './pause-after.ts';

for (const [text, ms] of [
  ['Hello there.', 300],
  ['Is it so?  ', 300],
  ['He said: "No!"', 300],
  ['(Yes.) ', 300],
  ['你好。', 300],
  ['नमस्ते।', 300],
  ['There are two;', 220],
  ['Well…', 220],
  ['Hello,', 160],
  ['a word', 0],
  ['version 2.0', 0],
  ['', 0],
] as const) {
  test(`behind ${JSON.stringify(text)} come ${ms} ms of silence`, () => {
    assert.equal(pauseAfterMs(text, 1), ms);
  });
}

test('who speaks slowly pauses longer', () => {
  assert.equal(pauseAfterMs('Hello.', 0.5), 849);
  assert.equal(pauseAfterMs('Hello.', 4), 38);
});
