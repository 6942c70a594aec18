import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whisperLanguage } from './whisper-language.ts';

test('a language tag becomes the code that Whisper knows', () => {
  const codes = ['en', 'en-GB', 'de_AT', 'ZH-Hant-TW', 'nb-NO', 'fil', 'yue'].map(whisperLanguage);
  assert.deepEqual(codes, ['en', 'en', 'de', 'zh', 'no', 'tl', 'yue']);
});
