import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wholeSentences } from './whole-sentences.ts';

for (const [text, whole, locale = 'en'] of [
  ['One two three. Then fo', 'One two three.'],
  ['One two three. Then four.', 'One two three. Then four.'],
  ['Yes. No. May', 'Yes. No.'],
  ['He asked: "Why?" And she', 'He asked: "Why?"'],
  ['He asked: "Why?" ', 'He asked: "Why?"'],
  ['No end to', ''],
  ['', ''],
  ['Ask Dr. Smi', ''],
  ['It costs 3.', ''],
  ['Good. It costs 3.', 'Good.'],
  ['Wait! It goes on, and on, and on, for longer than any segment may be, and', 'Wait!'],
  ['今天很好。明天', '今天很好。', 'zh'],
  ['Am 3. Mai war es so. Dann', 'Am 3. Mai war es so.', 'de'],
] as const) {
  test(`of ${JSON.stringify(text)} ${JSON.stringify(whole)} is whole`, () => {
    assert.equal(wholeSentences(text, locale), whole);
  });
}
