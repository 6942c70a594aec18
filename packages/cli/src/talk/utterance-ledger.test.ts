import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UtteranceLedger } from './utterance-ledger.ts';

function ledger(): { readonly ledger: UtteranceLedger; readonly sent: string[] } {
  const sent: string[] = [];
  return { ledger: new UtteranceLedger((text) => sent.push(text)), sent };
}

describe('the account of what was typed', () => {
  test('is idle when everything sent has ended', () => {
    const { ledger: account, sent } = ledger();
    assert.ok(account.isIdle);
    account.add('One.');
    account.add('Two.');
    assert.deepEqual(sent, ['One.', 'Two.']);
    account.ended();
    assert.ok(!account.isIdle);
    account.ended();
    assert.ok(account.isIdle);
  });

  test('a long script goes out as it is spoken', () => {
    const { ledger: account, sent } = ledger();
    for (let i = 0; i < 50; i += 1) account.add(`Line ${i}.`);
    assert.equal(sent.length, 20);
    assert.equal(account.waitingCount, 30);
    for (let i = 0; i < 50; i += 1) account.ended();
    assert.deepEqual(
      sent,
      Array.from({ length: 50 }, (_, i) => `Line ${i}.`),
    );
    assert.ok(account.isIdle);
  });

  test('a very long line becomes utterances cut between words', () => {
    const { ledger: account, sent } = ledger();
    account.add('word '.repeat(1500).trim());
    assert.equal(sent.length, 2);
    assert.ok(sent.every((text) => text.length <= 5000 && /^(word )*word$/.test(text)));
    assert.equal(sent.join(' '), 'word '.repeat(1500).trim());
    account.add('x'.repeat(12_000));
    assert.deepEqual(
      sent.slice(2).map((text) => text.length),
      [5000, 5000, 2000],
    );
  });

  test('an utterance refused for lack of room is sent again when another has ended', () => {
    const { ledger: account, sent } = ledger();
    account.add('One.');
    account.add('Two.');
    assert.ok(account.refused(true));
    assert.equal(sent.length, 2);
    account.ended();
    assert.deepEqual(sent, ['One.', 'Two.', 'Two.']);
    account.ended();
    assert.ok(account.isIdle);
  });

  test('an utterance refused while nothing is said, or for good, is gone', () => {
    const { ledger: account } = ledger();
    account.add('One.');
    assert.ok(!account.refused(true));
    assert.ok(account.isIdle);
    account.add('One.');
    account.add('Two.');
    assert.ok(!account.refused(false));
    account.ended();
    assert.ok(account.isIdle);
  });

  test('what waits here can be dropped', () => {
    const { ledger: account } = ledger();
    for (let i = 0; i < 25; i += 1) account.add('x');
    account.drop();
    for (let i = 0; i < 20; i += 1) account.ended();
    assert.ok(account.isIdle);
  });
});
