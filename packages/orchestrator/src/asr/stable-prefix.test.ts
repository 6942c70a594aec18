import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { advance, NO_WORDS, settle, type StableWords } from './stable-prefix.ts';

/** What is shown after each decode, with a bar behind the stable words, and what is settled on in the end. */
function shown(...decodes: readonly string[]): readonly string[] {
  let state: StableWords = NO_WORDS;
  const texts: string[] = [];
  for (const [index, decoded] of decodes.entries()) {
    const words = decoded.split(' ').filter((word) => word !== '');
    if (index === decodes.length - 1) texts.push(settle(state, words).join(' '));
    else {
      const next = advance(state, words);
      ({ state } = next);
      const { length } = state.stable;
      texts.push([...next.words.slice(0, length), '|', ...next.words.slice(length)].join(' '));
    }
  }
  return texts;
}

test('words on which two decodes in a row agree become stable', () => {
  assert.deepEqual(shown('turn', 'turn on', 'turn on the light', 'turn on the light'), [
    '| turn',
    'turn | on',
    'turn on | the light',
    'turn on the light',
  ]);
});

test('a word that only one decode says may change', () => {
  assert.deepEqual(shown('two', 'turn on', 'turn on'), ['| two', '| turn on', 'turn on']);
});

test('a stable word stays when a later decode says another, and what follows goes on', () => {
  assert.deepEqual(shown('turn off', 'turn off the', 'turn on the light', 'turn on the light now'), [
    '| turn off',
    'turn off | the',
    'turn off the | light',
    'turn off the light now',
  ]);
});

test('a decode with fewer or more words for the same does not double or swallow what follows', () => {
  assert.deepEqual(shown('it is nine', 'it is nine o', "it's nine o'clock", "it's nine o'clock now"), [
    '| it is nine',
    'it is nine | o',
    "it is nine | o'clock",
    "it is nine o'clock now",
  ]);
});

test('case and punctuation are no difference, and are as the last decode has them', () => {
  assert.deepEqual(shown('hello world', 'Hello, world.', 'Hello, world. Bye!'), [
    '| hello world',
    'Hello, world. |',
    'Hello, world. Bye!',
  ]);
});

test('an empty decode takes nothing stable away', () => {
  assert.deepEqual(shown('stop', 'stop', '', ''), ['| stop', 'stop |', 'stop |', 'stop']);
});

const decodes = fc.array(fc.array(fc.constantFrom('a', 'b', 'c', 'B.'), { maxLength: 6 }), {
  minLength: 1,
  maxLength: 10,
});

test('whatever is decoded, stable words never change and never become fewer', () => {
  fc.assert(
    fc.property(decodes, (all) => {
      let state: StableWords = NO_WORDS;
      for (const decoded of all) {
        const { state: next, words } = advance(state, decoded);
        assert.deepEqual(next.stable.slice(0, state.stable.length), state.stable);
        assert.deepEqual(words.slice(0, next.stable.length), next.stable);
        state = next;
      }
      const bare = (words: readonly string[]): readonly string[] =>
        words.map((word) => word.toLowerCase().replace('.', ''));
      for (const decoded of all) {
        const settled = bare(settle(state, decoded));
        assert.deepEqual(settled.slice(0, state.stable.length), bare(state.stable));
      }
    }),
  );
});

test('saying the same twice makes all of it stable', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c')), (decoded) => {
      const first = advance(NO_WORDS, decoded);
      assert.deepEqual(first.state.stable, []);
      assert.deepEqual(advance(first.state, decoded).state.stable, decoded);
    }),
  );
});
