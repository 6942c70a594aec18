import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toWaveform } from './to-waveform.ts';

test('samples become -1 to 1 behind 5 ms of silence', () => {
  const waveform = toWaveform(new Int16Array(1600).fill(-32_768).with(0, 16_384));
  assert.equal(waveform.length, 1680);
  assert.ok(waveform.subarray(0, 80).every((value) => value === 0));
  assert.equal(waveform[80], 0.5);
  assert.equal(waveform[81], -1);
});

test('what would crash the runtime or lose its end is refused', () => {
  for (const length of [0, 1, 79, 1599, 448_001]) {
    assert.throws(() => toWaveform(new Int16Array(length)), RangeError);
  }
  assert.equal(toWaveform(new Int16Array(448_000)).length, 448_080);
});
