import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SoundTrack } from './sound-track.ts';

/** 8 samples a millisecond: sound where `isLoud` says so. */
function audio(durationMs: number, isLoud: (ms: number) => boolean): Int16Array {
  return Int16Array.from({ length: durationMs * 8 }, (_, index) => (isLoud(index / 8) ? -2000 : 3));
}

test('a word ends with its sound, not with the pause after it', () => {
  const track = new SoundTrack(8000);
  const samples = audio(1000, (ms) => ms < 400 || ms >= 700);
  track.push(samples.subarray(0, 3333));
  track.push(samples.subarray(3333));
  assert.equal(track.endOfSound(0, 700), 400);
  assert.equal(track.endOfSound(0, 1000), 1000);
  assert.equal(track.endOfSound(0, 300), 300);
});

test('a word without any sound ends where the next begins', () => {
  const track = new SoundTrack(8000);
  track.push(audio(1000, (ms) => ms < 400));
  assert.equal(track.endOfSound(500, 800), 800);
});

test('what has not been heard yet does not count as silence', () => {
  const track = new SoundTrack(8000);
  track.push(audio(500, (ms) => ms < 100));
  assert.equal(track.endOfSound(0, 600), 600);
});
