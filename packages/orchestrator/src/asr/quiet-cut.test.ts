import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ASR_RATE_HZ } from './asr-engine.ts';
import { findQuietCut, isDigitalSilence } from './quiet-cut.ts';

/** A tone of 4 s at 16 kHz that is quiet at these places, in ms. */
function toneWithPauses(...pauses: readonly (readonly [number, number])[]): Int16Array {
  const samples = Int16Array.from({ length: 4 * ASR_RATE_HZ }, (_, index) => 8000 * Math.sin(index / 5));
  for (const [fromMs, toMs] of pauses) samples.fill(0, fromMs * 16, toMs * 16);
  return samples;
}

test('the cut lies in the pause', () => {
  const at = findQuietCut(toneWithPauses([2600, 2800]), 2 * ASR_RATE_HZ, 4 * ASR_RATE_HZ);
  assert.ok(at > 2600 * 16 && at < 2800 * 16, String(at / 16));
});

test('of several pauses the latest is taken, so that as little as possible is left over', () => {
  const at = findQuietCut(toneWithPauses([2100, 2400], [3300, 3600]), 2 * ASR_RATE_HZ, 4 * ASR_RATE_HZ);
  assert.ok(at > 3300 * 16 && at < 3600 * 16, String(at / 16));
});

test('a pause before the stretch does not count', () => {
  const at = findQuietCut(toneWithPauses([500, 900]), 2 * ASR_RATE_HZ, 4 * ASR_RATE_HZ);
  assert.ok(at > 2 * ASR_RATE_HZ && at <= 4 * ASR_RATE_HZ);
});

test('a dip within a word is no pause', () => {
  const at = findQuietCut(toneWithPauses([2500, 2520], [3000, 3150]), 2 * ASR_RATE_HZ, 4 * ASR_RATE_HZ);
  assert.ok(at > 3000 * 16 && at < 3150 * 16, String(at / 16));
});

test('a stretch that is too short to look into is cut at its end', () => {
  assert.equal(findQuietCut(toneWithPauses(), 100, 200), 200);
});

test('a muted microphone is digital silence, a quiet one is not', () => {
  assert.equal(isDigitalSilence(new Int16Array(1000)), true);
  assert.equal(isDigitalSilence(new Int16Array(1000).fill(-2)), true);
  assert.equal(isDigitalSilence(new Int16Array(1000).with(999, 3)), false);
  assert.equal(isDigitalSilence(new Int16Array(1000).with(0, -32_768)), false);
});
