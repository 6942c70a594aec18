import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NASTY_TEXTS } from './nasty-texts.ts';

test('every nasty text is valid in a message, and its name is its own', () => {
  assert.equal(new Set(NASTY_TEXTS.map(({ name }) => name)).size, NASTY_TEXTS.length);
  for (const { name, text } of NASTY_TEXTS) {
    const { length } = Array.from(text);
    assert.ok(length >= 1 && length <= 10_000, `${name} has ${length} characters`);
  }
});
