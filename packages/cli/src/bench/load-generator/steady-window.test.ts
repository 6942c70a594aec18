import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SteadyWindow } from './steady-window.ts';

test('counts early frames as in time, and every frame once', () => {
  const window = new SteadyWindow();
  const log = window.openLog();
  window.record(log, -60, -60);
  window.record(log, -40, -40);
  window.record(log, 7, 7);
  const { frames, latenessMs, spreadMs } = window.close();
  assert.equal(frames, 3);
  assert.equal(latenessMs.count, 3);
  assert.equal(latenessMs.p50, 0);
  assert.ok(Math.abs(latenessMs.max - 7) < 0.01, `${latenessMs.max}`);
  assert.ok(Math.abs(spreadMs.max - 67) < 0.1, `${spreadMs.max}`);
});

test('measures the spread of each session against its own earliest frame', () => {
  const window = new SteadyWindow();
  const [early, late] = [window.openLog(), window.openLog()];
  for (let index = 1; index <= 5000; index += 1) {
    window.record(early, 0, -3);
    window.record(late, 0, 50 + (index % 2) * 4);
  }
  const { spreadMs } = window.close();
  assert.equal(spreadMs.count, 10_000);
  assert.ok(Math.abs(spreadMs.max - 4) < 0.01, `${spreadMs.max}`);
  assert.equal(spreadMs.p50, 0);
});
