import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SILENCE_DBFS, dbFromGain, gainFromDb, levelDbfs } from './level.ts';

function sine(amplitude: number, samples: number): Int16Array {
  return Int16Array.from({ length: samples }, (_, index) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * index) / 32)),
  );
}

test('a full-scale square wave is 0 dBFS, and a full-scale sine 3 dB less', () => {
  assert.equal(levelDbfs(new Int16Array(320).fill(-32_768)), 0);
  assert.ok(Math.abs(levelDbfs(sine(32_767, 320)) + 3.01) < 0.01);
});

test('halving the amplitude takes 6 dB off', () => {
  const loud = levelDbfs(sine(16_000, 320));
  const soft = levelDbfs(sine(8_000, 320));
  assert.ok(Math.abs(loud - soft - 6.02) < 0.01);
});

test('silence and an empty frame have the lowest level, not minus infinity', () => {
  assert.equal(levelDbfs(new Int16Array(320)), SILENCE_DBFS);
  assert.equal(levelDbfs(new Int16Array(0)), SILENCE_DBFS);
});

test('decibels and factors convert into each other', () => {
  assert.ok(Math.abs(dbFromGain(2) - 6.0206) < 1e-4);
  assert.ok(Math.abs(gainFromDb(dbFromGain(0.3)) - 0.3) < 1e-12);
});
