import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from './fake-clock.ts';

test('timers fire in order of due time and see the moment they were due', () => {
  const clock = new FakeClock();
  const seen: string[] = [];
  clock.setTimer(20, () => seen.push(`b${clock.nowMs()}`));
  clock.setTimer(10, () => {
    seen.push(`a${clock.nowMs()}`);
    clock.setTimer(5, () => seen.push(`c${clock.nowMs()}`));
  });
  clock.advance(19);
  assert.deepEqual(seen, ['a10', 'c15']);
  clock.advance(1);
  assert.deepEqual(seen, ['a10', 'c15', 'b20']);
  assert.equal(clock.pending, 0);
});

test('an interval ticks until it is cancelled', () => {
  const clock = new FakeClock(1000);
  let ticks = 0;
  const timer = clock.setInterval(10, () => {
    ticks += 1;
    if (ticks === 3) timer.cancel();
  });
  clock.advance(100);
  assert.equal(ticks, 3);
  assert.equal(clock.wallMs(), 1100);
});

test('a cancelled timer does not fire', () => {
  const clock = new FakeClock();
  clock.setTimer(1, () => assert.fail('fired')).cancel();
  clock.advance(10);
  assert.equal(clock.pending, 0);
});
