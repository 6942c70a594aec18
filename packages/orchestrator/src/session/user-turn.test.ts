import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserTurn } from './user-turn.ts';

test('speech that lasts is meant, a word in passing is not', () => {
  const turn = new UserTurn();
  turn.speechStarted();
  turn.speechStopped();
  assert.equal(turn.over(), false);
  turn.speechStarted();
  turn.speechSustained();
  turn.speechStopped();
  assert.equal(turn.over(), true);
  assert.equal(turn.over(), false, 'once');
});

test('a transcript of the former turn does not take the meaning from speech that goes on', () => {
  const turn = new UserTurn();
  turn.speechStarted();
  turn.speechSustained();
  turn.over();
  turn.speechStopped();
  assert.equal(turn.over(), true);
});

test('a voice that is spoken over is not meant, one that had ended is', () => {
  const turn = new UserTurn();
  turn.speechStarted();
  turn.speechSustained();
  turn.spokenOver();
  assert.equal(turn.over(), false);
  turn.speechStarted();
  turn.speechSustained();
  turn.speechStopped();
  turn.spokenOver();
  assert.equal(turn.over(), true);
});
