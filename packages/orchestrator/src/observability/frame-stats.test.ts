import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as check, double, property } from 'fast-check';
import { FrameStats, LATENESS_EDGES_MS } from './frame-stats.ts';

test('a frame is counted in the first bucket whose edge it does not pass', () => {
  const stats = new FrameStats();
  for (const latenessMs of [0, 1, 1.01, 2, 5, 9.9, 20, 20.5, 100, 100.1]) stats.frameSent(latenessMs);
  assert.deepEqual([...stats.latenessCounts], [2, 2, 1, 1, 1, 1, 1, 1]);
});

test('an early frame counts as on time and a nonsense lateness as the worst, and neither spoils the sum', () => {
  const stats = new FrameStats();
  stats.frameSent(-30);
  stats.frameSent(Number.NaN);
  stats.frameSent(4);
  assert.equal(stats.latenessCounts[0], 1);
  assert.equal(stats.latenessCounts[LATENESS_EDGES_MS.length], 1);
  assert.equal(stats.latenessSumMs, 4);
});

test('no frame is lost or counted twice', () => {
  check(
    property(array(double({ min: -50, max: 500, noNaN: true })), (latenesses) => {
      const stats = new FrameStats();
      for (const latenessMs of latenesses) stats.frameSent(latenessMs);
      assert.equal(stats.framesSent, latenesses.length);
      let upTo = 0;
      for (const [slot, edgeMs] of LATENESS_EDGES_MS.entries()) {
        upTo += stats.latenessCounts[slot] ?? 0;
        assert.equal(upTo, latenesses.filter((latenessMs) => latenessMs <= edgeMs).length);
      }
    }),
  );
});

test('counters go past 32 bits', () => {
  const stats = new FrameStats();
  stats.latenessCounts[0] = 2 ** 32 - 1;
  stats.frameSent(0);
  stats.frameSent(0);
  assert.equal(stats.framesSent, 2 ** 32 + 1);
});

test('under-runs and held-back time add up', () => {
  const stats = new FrameStats();
  stats.underrun();
  stats.underrun();
  stats.heldBack(250);
  stats.heldBack(-1);
  assert.equal(stats.underruns, 2);
  assert.equal(stats.heldBackMs, 250);
});
