import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { splitLastCharacter, splitText } from './split-text.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 40 });

describe('cutting a text', () => {
  test('pieces are not too long, hold whole characters, and together are the text', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 10 }), (text, max) => {
        const pieces: string[] = [];
        for (let rest = text; rest !== '';) {
          const { head, tail } = splitText(rest, max);
          assert.ok(head.length > 0 && head.length <= max);
          pieces.push(head);
          rest = tail;
        }
        assert.equal(pieces.join(''), text);
        assert.equal(pieces.flatMap((piece) => Array.from(piece)).length, Array.from(text).length);
      }),
    );
  });

  test('a piece never ends in the middle of a surrogate pair', () => {
    assert.deepEqual(splitText('ab😀c', 3), { head: 'ab', tail: '😀c' });
    assert.deepEqual(splitText('ab😀c', 4), { head: 'ab😀', tail: 'c' });
  });

  test('the last character is cut off whole', () => {
    assert.deepEqual(splitLastCharacter('ab😀'), { head: 'ab', tail: '😀' });
    assert.deepEqual(splitLastCharacter('ab'), { head: 'a', tail: 'b' });
    assert.deepEqual(splitLastCharacter('\ude00'), { head: '', tail: '\ude00' });
    assert.deepEqual(splitLastCharacter(''), { head: '', tail: '' });
  });
});
