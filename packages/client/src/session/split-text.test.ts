import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { splitText } from './split-text.ts';

function codePoints(text: string): number {
  return Array.from(text).length;
}

test('pieces make up the text, are as long as they may be, and split no character', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      (text, max) => {
        const pieces = splitText(text, max);
        assert.equal(pieces.join(''), text);
        for (const piece of pieces.slice(0, -1)) assert.equal(codePoints(piece), max);
        assert.ok(codePoints(pieces.at(-1) ?? '') <= max);
        assert.ok(pieces.every((piece) => piece.isWellFormed() && piece !== ''));
      },
    ),
  );
});
