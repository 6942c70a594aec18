import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSystemClock } from './system-clock.ts';

test('a timer fires once, after its delay and not before', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let fired = 0;
  createSystemClock().setTimer(50, () => (fired += 1));
  t.mock.timers.tick(49);
  assert.equal(fired, 0);
  t.mock.timers.tick(1);
  assert.equal(fired, 1);
  t.mock.timers.tick(1000);
  assert.equal(fired, 1);
});

test('a cancelled timer never fires, and cancelling again does nothing', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let fired = 0;
  const timer = createSystemClock().setTimer(50, () => (fired += 1));
  timer.cancel();
  timer.cancel();
  t.mock.timers.tick(100);
  assert.equal(fired, 0);
});

test('a delay longer than Node can hold is waited for in full and can be called off half-way', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const clock = createSystemClock();
  const longMs = 2 ** 31 + 1000;
  const fired: string[] = [];
  clock.setTimer(longMs, () => fired.push('kept'));
  const cancelled = clock.setTimer(longMs, () => fired.push('cancelled'));
  t.mock.timers.tick(2 ** 31 - 1);
  assert.deepEqual(fired, []);
  cancelled.cancel();
  t.mock.timers.tick(1001);
  assert.deepEqual(fired, ['kept']);
});

test('a delay that is negative or not a number counts as zero', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const clock = createSystemClock();
  let fired = 0;
  clock.setTimer(-5, () => (fired += 1));
  clock.setTimer(Number.NaN, () => (fired += 1));
  t.mock.timers.tick(1);
  assert.equal(fired, 2);
});

test('an interval ticks until it is cancelled', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let ticks = 0;
  const timer = createSystemClock().setInterval(20, () => (ticks += 1));
  t.mock.timers.tick(60);
  assert.equal(ticks, 3);
  timer.cancel();
  timer.cancel();
  t.mock.timers.tick(60);
  assert.equal(ticks, 3);
});

test('monotonic time does not go back and wall time is the epoch', () => {
  const clock = createSystemClock();
  const first = clock.nowMs();
  assert.ok(clock.nowMs() >= first);
  assert.ok(clock.wallMs() > Date.UTC(2020, 0, 1));
});
