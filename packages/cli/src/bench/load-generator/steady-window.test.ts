import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SteadyWindow } from './steady-window.ts';

test('measures frames against the sample clock that starts at the first one', () => {
  const window = new SteadyWindow();
  const log = window.openLog();
  window.record(log, 1, 1000, 1000);
  // Frame 10 is due 200 ms after the first; sooner is not late.
  window.record(log, 10, 1000, 1140);
  window.record(log, 11, 1000, 1227);
  const result = window.close();
  assert.equal(result.frames, 3);
  assert.equal(result.latenessMs.count, 3);
  assert.equal(result.latenessMs.p50, 0);
  assert.ok(Math.abs(result.latenessMs.max - 7) < 0.01, `${result.latenessMs.max}`);
});

test('measures the spread of each session against its own most punctual frame', () => {
  const window = new SteadyWindow();
  const [early, late] = [window.openLog(), window.openLog()];
  for (let index = 1; index <= 5000; index += 1) {
    window.record(early, index, 0, index * 20 - 3);
    window.record(late, index, 0, index * 20 + 50 + (index % 2) * 4);
  }
  const { spreadMs, latenessMs } = window.close();
  assert.equal(spreadMs.count, 10_000);
  assert.ok(Math.abs(spreadMs.max - 4) < 0.01, `${spreadMs.max}`);
  assert.equal(spreadMs.p50, 0);
  assert.ok(latenessMs.max > 50);
});
