import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { prepareText } from './prepare-text.ts';

function prepared(text: string): string {
  return prepareText(text).text;
}

test('what espeak would take as a command is taken apart', () => {
  assert.equal(prepared('<b>x</b> <!-- --> <?y?>'), '< b>x< /b> < !-- --> < ?y?>');
  assert.equal(prepared('&lt; &#65; &amp;amp;'), '& lt; & #65; & amp;amp;');
  assert.equal(prepared('[[x]] [[[y'), '[ [x]] [ [ [y');
  assert.equal(prepared('a\u0001b\u0000c\td\u0085e\u007f'), 'a b c d e ');
  assert.equal(prepared('a\ud800b\udc00'), 'a b ');
});

test('plain text stays as it is', () => {
  const plain = '5 < 6 && 7 > 3, AT&T [1] "x" é 你好 😀\nnext';
  assert.equal(prepareText(plain).text, plain);
});

test('every code point knows where it came from, and nothing is left of markup, for any text', () => {
  const nasty = fc.string({
    unit: fc.oneof(
      fc.constantFrom('<', '&', '[', ';', 'a', '\ud83d', '\u0001'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
  });
  fc.assert(
    fc.property(nasty, (original) => {
      const { text, offsets } = prepareText(original);
      const points = Array.from(text);
      assert.equal(offsets.length, points.length + 1);
      assert.equal(offsets.at(-1), original.length);
      assert.ok(text.isWellFormed());
      assert.ok(!/<[\p{L}/!?]|&#?[A-Za-z0-9]{1,12};|\[\[/u.test(text));
      for (const [index, point] of points.entries()) {
        const offset = offsets[index] ?? -1;
        assert.ok(offset >= (offsets[index - 1] ?? 0));
        assert.ok(point === ' ' || original.startsWith(point, offset));
      }
    }),
  );
});
