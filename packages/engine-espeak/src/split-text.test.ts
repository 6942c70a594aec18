import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { weigherOf } from './speech-weight.ts';
import { splitText } from './split-text.ts';

const weigh = weigherOf(undefined);
const parts = (text: string): string[] => splitText(text, weigh).map((part) => part.text);

test('a long text is cut after sentences, else after words', () => {
  const sentence = `${'word '.repeat(50)}end.`;
  assert.deepEqual(parts(`${sentence} ${sentence}`), [sentence, ` ${sentence}`]);
  const breathless = 'word '.repeat(100);
  assert.deepEqual(parts(breathless), ['word '.repeat(80), 'word '.repeat(20)]);
  assert.deepEqual(parts('今天很好。'.repeat(20)), ['今天很好。'.repeat(17), '今天很好。'.repeat(3)]);
  assert.deepEqual(parts('short'), ['short']);
  assert.deepEqual(parts(''), []);
});

test('words and numbers that espeak would cut short are cut here', () => {
  assert.deepEqual(parts('x'.repeat(80)), ['x'.repeat(35), 'x'.repeat(35), 'x'.repeat(10)]);
  assert.deepEqual(parts(`say ${'7'.repeat(40)}`), ['say ', '7'.repeat(28), '7'.repeat(12)]);
  const address = `https://www.example.com/${'path/to/'.repeat(20)}`;
  assert.deepEqual(parts(address), [address]);
});

test('what a voice has to spell out makes shorter parts than what it reads', () => {
  const russian = 'привет '.repeat(50);
  assert.equal(splitText(russian, weigherOf(/\p{Script=Cyrillic}/u)).length, 1);
  assert.ok(splitText(russian, weigh).length >= 4);
});

test('parts joined are the text, none is too long, and none cuts a character, for any text', () => {
  const anyText = fc.string({
    unit: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 1 }),
      fc.constantFrom('a', '7', ' ', '.', '😀', '好', '\ud800'),
    ),
    maxLength: 1500,
  });
  fc.assert(
    fc.property(anyText, (text) => {
      const split = splitText(text, weigh);
      assert.equal(split.map((part) => part.text).join(''), text);
      for (const part of split) {
        assert.ok(part.text.length > 0 && part.text.length <= 400);
        assert.equal(text.slice(part.offset, part.offset + part.text.length), part.text);
        assert.equal(part.text.isWellFormed() || !text.isWellFormed(), true);
      }
    }),
  );
});
