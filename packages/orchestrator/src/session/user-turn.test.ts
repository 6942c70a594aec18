import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserTurn } from './user-turn.ts';

test('speech that lasts is meant, a word in passing is not', () => {
  const turn = new UserTurn();
  turn.speechStarted('SPEAKING');
  turn.speechStopped();
  assert.equal(turn.over('SPEAKING'), false);
  turn.speechStarted('SPEAKING');
  turn.speechSustained();
  turn.speechStopped();
  assert.equal(turn.over('SPEAKING'), true);
  assert.equal(turn.over('SPEAKING'), false, 'once');
});

test('a transcript of the former turn does not take the meaning from speech that goes on', () => {
  const turn = new UserTurn();
  turn.speechStarted('SPEAKING');
  turn.speechSustained();
  turn.over('SPEAKING');
  turn.speechStopped();
  assert.equal(turn.over('SPEAKING'), true);
});

test('a voice that is spoken over is not meant, one that had ended is', () => {
  const turn = new UserTurn();
  turn.speechStarted('SPEAKING');
  turn.speechSustained();
  turn.spokenOver();
  assert.equal(turn.over('SPEAKING'), false);
  turn.speechStarted('SPEAKING');
  turn.speechSustained();
  turn.speechStopped();
  turn.spokenOver();
  assert.equal(turn.over('SPEAKING'), true);
});

test('words that were understood are meant, though late, but not those of a voice that is spoken over', () => {
  const turn = new UserTurn();
  turn.speechStarted('SPEAKING');
  turn.speechStopped();
  turn.spokenOver();
  turn.wordsUnderstood();
  assert.equal(turn.over('SPEAKING'), true);
  turn.speechStarted('SPEAKING');
  turn.spokenOver();
  turn.wordsUnderstood();
  assert.equal(turn.over('SPEAKING'), false);
});

test('a word in passing asks for an answer while nothing is heard', () => {
  const turn = new UserTurn();
  turn.speechStarted('LISTENING');
  turn.speechStopped();
  assert.equal(turn.over('LISTENING'), true);
  assert.equal(turn.over('BARGED_IN'), true, 'held before its first sample');
  turn.speechStarted('BARGED_IN');
  assert.equal(turn.over('BARGED_IN'), true, 'and a second sound makes no difference');
  assert.equal(turn.over('SPEAKING'), false, 'heard by now');
  turn.speechStarted('SPEAKING');
  assert.equal(turn.over('BARGED_IN'), false, 'held in the middle');
});
