import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TurnClip } from '../../turns/index.ts';
import { scoreOutcome, type OutcomeScore } from './score-outcome.ts';
import { systemTables } from './system-report.ts';

const talk: TurnClip = {
  name: 'speech/0',
  category: 'speech',
  samples: new Int16Array(0),
  speech: [
    { startMs: 1000, endMs: 2000 },
    { startMs: 2300, endMs: 3000 },
  ],
  otherSound: [],
  systemSpeaks: [],
};
const word: TurnClip = { ...talk, category: 'backchannel', speech: [{ startMs: 1000, endMs: 1400 }] };
const noise: TurnClip = { ...talk, category: 'noise', levelDbfs: -25, speech: [] };

function score(clip: TurnClip, holdsMs: readonly number[], interruptionsMs: readonly number[]): OutcomeScore {
  const holds = holdsMs.map((atMs) => ({ atMs, lastFrameMs: atMs - 10 }));
  return scoreOutcome({ clip, holds, interruptionsMs, framesWhileHeld: 0 });
}

test('an interruption is timed from the first sound of the user', () => {
  const { lastFrameMs, heldMs, clearedMs, isInterrupted, falseHolds } = score(talk, [1200], [1520]);
  assert.deepEqual([lastFrameMs, heldMs, clearedMs], [190, 200, 520]);
  assert.ok(isInterrupted);
  assert.equal(falseHolds, 0);
});

test('the hold that counts is the last one before the interruption: an earlier one was a false alarm', () => {
  const { heldMs, falseHolds } = score(talk, [400, 1250], [1600]);
  assert.equal(heldMs, 250);
  assert.equal(falseHolds, 1);
});

test('what is held already when the user begins has no latency, and is a false alarm', () => {
  const { heldMs, isInterrupted, falseHolds } = score(talk, [900], [1400]);
  assert.deepEqual([heldMs, isInterrupted, falseHolds], [undefined, true, 1]);
});

test('an interruption that comes long after the last word was missed', () => {
  assert.equal(score(talk, [1200], [4001]).isInterrupted, false);
  assert.equal(score(talk, [1200], [4000]).isInterrupted, true);
  assert.equal(score(talk, [], []).isInterrupted, false);
});

test('a word that only shows that somebody listens must not interrupt', () => {
  const { falseHolds, falseInterruptions, isWanted } = score(word, [1250], [1510]);
  assert.deepEqual([isWanted, falseHolds, falseInterruptions], [false, 1, 1]);
});

test('the tables count what was missed and what was false', () => {
  const scores = [score(talk, [], []), score(talk, [1100], [1500]), score(noise, [100, 300], [600])];
  const [wanted, unwanted, bargeIn] = systemTables([{ engine: 'hybrid', scores }]);
  assert.deepEqual(wanted?.rows[0], ['clean', '1 of 2; 0.0 / 0.0']);
  assert.deepEqual(
    unwanted?.rows.find(([label]) => label === 'steady noise, -25 dBFS'),
    ['steady noise, -25 dBFS', '2.0 / 1.0'],
  );
  assert.deepEqual(bargeIn?.rows[0], ['clean', '90 / 90']);
});
