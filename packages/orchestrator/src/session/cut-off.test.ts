import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SESSION_SETTINGS } from '@parley/testkit';
import { CutOff, type Question } from './cut-off.ts';
import type { EndedUtterance } from './speaker.ts';

const QUESTION: Question = {
  utteranceId: 'parley-answer-1',
  transcript: { turnId: 't1', text: 'a question', isFinal: true },
  settings: SESSION_SETTINGS,
};

const NOTHING = { text: '', question: undefined };

function ended(heardText: string, unheardText: string, utteranceId = QUESTION.utteranceId): EndedUtterance {
  return { utteranceId, heardText, unheardText, heardMs: 0, reason: 'interrupted' };
}

test('what was complete is said to its end, and only once', () => {
  const cutOff = new CutOff();
  cutOff.utteranceEnded(ended('One', 'two'));
  cutOff.utteranceEnded(ended('', 'Three and', 'mine'));
  assert.deepEqual(cutOff.restore(), { text: 'two Three and', question: undefined });
  assert.deepEqual(cutOff.restore(), NOTHING);
});

test('what is forgotten is neither said nor asked for', () => {
  const cutOff = new CutOff();
  cutOff.answerStopped(QUESTION);
  cutOff.utteranceEnded(ended('', 'One. Tw'));
  cutOff.answerStopped({ ...QUESTION, utteranceId: 'parley-answer-2' });
  cutOff.forget();
  assert.deepEqual(cutOff.restore(), NOTHING);
});

for (const [what, heard, unheard, restored] of [
  ['ends with its last whole sentence', 'One', 'two. Then fo', { text: 'two.', question: undefined }],
  ['that was heard to the end of a sentence is left there', 'One two.', 'Then fo', NOTHING],
  ['that was all heard and ended well is left there', 'One two.', '', NOTHING],
  ['that has no whole sentence is asked for again', 'One', 'two thr', { text: '', question: QUESTION }],
  ['that broke off as it was heard is asked for again', 'One two', '', { text: '', question: QUESTION }],
  ['of which nothing was heard is asked for again', '', 'One', { text: '', question: QUESTION }],
] as const) {
  test(`an unfinished answer ${what}`, () => {
    const cutOff = new CutOff();
    cutOff.answerStopped(QUESTION);
    cutOff.utteranceEnded(ended(heard, unheard));
    assert.deepEqual(cutOff.restore(), restored);
  });
}

test('an answer that was still being thought of is asked for again, behind what is to be said', () => {
  const cutOff = new CutOff();
  cutOff.answerStopped(QUESTION);
  cutOff.utteranceEnded(ended('One', 'two', 'mine'));
  assert.deepEqual(cutOff.restore(), { text: 'two', question: QUESTION });
});
