import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { HeardLedger } from './heard-ledger.ts';

const ms = (value: number): number => value * 48;

describe('what was heard of an utterance', () => {
  test('is exact to the word with the times of the engine', () => {
    const ledger = new HeardLedger();
    ledger.beginSegment('One two three.', 0);
    ledger.addWords([
      { textOffset: 0, length: 3, endMs: 300 },
      { textOffset: 4, length: 3, endMs: 600 },
    ]);
    ledger.addWords([{ textOffset: 8, length: 6, endMs: 1000 }]);
    ledger.endSegment(ms(1100));
    assert.deepEqual(ledger.heard(ms(299)), { heardMs: 299, heardText: '', unheardText: 'One two three.' });
    assert.deepEqual(ledger.heard(ms(300)), { heardMs: 300, heardText: 'One', unheardText: 'two three.' });
    assert.deepEqual(ledger.heard(ms(999)), { heardMs: 999, heardText: 'One two', unheardText: 'three.' });
    assert.deepEqual(ledger.heard(ms(1100)), {
      heardMs: 1100,
      heardText: 'One two three.',
      unheardText: '',
    });
  });

  test('is in proportion without them, and never half a word', () => {
    const ledger = new HeardLedger();
    ledger.beginSegment('abcd efgh ijkl mnop', 0);
    ledger.endSegment(ms(1900));
    assert.equal(ledger.heard(ms(350)).heardText, '');
    assert.equal(ledger.heard(ms(400)).heardText, 'abcd');
    assert.equal(ledger.heard(ms(850)).heardText, 'abcd');
    assert.equal(ledger.heard(ms(1000)).heardText, 'abcd efgh');
    assert.equal(ledger.heard(ms(1900)).heardText, 'abcd efgh ijkl mnop');
  });

  test('counts each segment from its own beginning', () => {
    const ledger = new HeardLedger();
    ledger.beginSegment('First one.', 0);
    ledger.endSegment(ms(1000));
    ledger.beginSegment(' Second one.', ms(1000));
    ledger.addWords([{ textOffset: 1, length: 6, endMs: 400 }]);
    assert.equal(ledger.heard(ms(1399)).heardText, 'First one.');
    assert.equal(ledger.heard(ms(1400)).heardText, 'First one. Second');
  });

  test('is nothing before the first sample', () => {
    const ledger = new HeardLedger();
    ledger.beginSegment('Hello.', 0);
    assert.deepEqual(ledger.heard(-5), { heardMs: 0, heardText: '', unheardText: 'Hello.' });
    assert.deepEqual(new HeardLedger().heard(0), { heardMs: 0, heardText: '', unheardText: '' });
  });

  test('only grows as more is played', () => {
    fc.assert(
      fc.property(
        fc.array(fc.lorem({ maxCount: 6 }), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (texts, isLastOpen) => {
          const ledger = new HeardLedger();
          let at = 0;
          for (const [index, text] of texts.entries()) {
            ledger.beginSegment(text, at);
            at += ms(text.length * 60);
            if (!(isLastOpen && index === texts.length - 1)) ledger.endSegment(at);
          }
          let before = '';
          for (let samples = 0; samples <= at; samples += ms(20)) {
            const { heardText } = ledger.heard(samples);
            assert.ok(heardText.startsWith(before), `"${heardText}" does not begin with "${before}"`);
            before = heardText;
          }
        },
      ),
    );
  });
});
