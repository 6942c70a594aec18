import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { FrameSplitter } from './frame-splitter.ts';
import { RecentAudio } from './recent-audio.ts';

const ramp = (length: number): Int16Array => Int16Array.from({ length }, (_, index) => index - 5000);

/** Cuts into pieces of the given lengths, again and again, until nothing is left. */
function cut<Data extends { length: number; subarray(from: number, to?: number): Data }>(
  data: Data,
  lengths: readonly number[],
): Data[] {
  const pieces: Data[] = [];
  for (let at = 0, turn = 0; at < data.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    pieces.push(data.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

const anyLengths = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 });

test('frames are the same however the samples are cut up', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 600 }), anyLengths, (size, lengths) => {
      const samples = ramp(3000);
      const frames: number[] = [];
      const splitter = new FrameSplitter(size, (frame) => {
        assert.equal(frame.length, size);
        frames.push(...frame);
      });
      for (const piece of cut(samples, lengths)) splitter.push(piece);
      const whole = samples.length - (samples.length % size);
      assert.deepEqual(frames, [...samples.subarray(0, whole)]);
      assert.equal(splitter.pendingSamples, samples.length % size);
    }),
    { numRuns: 100 },
  );
});

test('a splitter that is reset forgets the frame that was not full', () => {
  const frames: number[][] = [];
  const splitter = new FrameSplitter(3, (frame) => frames.push([...frame]));
  splitter.push(Int16Array.of(1, 2));
  splitter.reset();
  splitter.push(Int16Array.of(3, 4, 5));
  assert.deepEqual(frames, [[3, 4, 5]]);
  assert.throws(() => new FrameSplitter(0, () => undefined), RangeError);
});

test('recent audio is what was pushed last, however it was cut up, and never more than fits', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 900 }),
      anyLengths,
      fc.integer({ min: -10, max: 3100 }),
      (size, lengths, from) => {
        const samples = ramp(3000);
        const recent = new RecentAudio(size);
        for (const piece of cut(samples, lengths)) recent.push(piece);
        assert.deepEqual([...recent.since(from)], [...samples.subarray(Math.max(from, 3000 - size, 0))]);
        assert.equal(recent.startSample, 3000 - size);
      },
    ),
    { numRuns: 100 },
  );
});

test('recent audio that was never pushed is empty', () => {
  assert.equal(new RecentAudio(10).since(0).length, 0);
});
