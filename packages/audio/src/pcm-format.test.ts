import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bytesFromSamples,
  bytesPerFrame,
  durationMs,
  samplesFromBytes,
  samplesPerFrame,
} from './pcm-format.ts';

test('a default frame is 960 samples and 1920 bytes', () => {
  assert.equal(samplesPerFrame(), 960);
  assert.equal(bytesPerFrame(), 1920);
  assert.equal(bytesPerFrame(16_000, 30), 960);
});

test('a frame that is not a whole number of samples is refused', () => {
  assert.throws(() => samplesPerFrame(22_050, 1), /22\.05 samples/);
  assert.throws(() => samplesPerFrame(0), RangeError);
});

test('a frame of samples lasts as long as its frame', () => {
  assert.equal(durationMs(960), 20);
  assert.equal(durationMs(441, 44_100), 10);
});

test('samples are read rightly from odd addresses and odd lengths', () => {
  const bytes = Uint8Array.of(99, 1, 0, 0xff, 0xff, 7);
  assert.deepEqual([...samplesFromBytes(bytes.subarray(1))], [1, -1]);
  assert.deepEqual([...samplesFromBytes(Uint8Array.of(0, 0x80, 5))], [-32_768]);
});

test('aligned bytes and samples share their memory both ways', () => {
  const samples = Int16Array.of(1, 2, 3).subarray(1);
  assert.equal(bytesFromSamples(samples).byteLength, 4);
  samplesFromBytes(bytesFromSamples(samples))[0] = 7;
  assert.deepEqual([...samples], [7, 3]);
});
