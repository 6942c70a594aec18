import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@parley/testkit';
import type { Clock } from '../session/ports/clock.ts';
import { AttentiveClock } from './attentive-clock.ts';

/** A clock whose process can be frozen: time goes on, and what was due meanwhile is called afterwards. */
function freezable(): {
  readonly clock: Clock;
  readonly fake: FakeClock;
  readonly freeze: (ms: number) => void;
} {
  const fake = new FakeClock();
  let frozenMs = 0;
  return {
    fake,
    clock: {
      nowMs: () => fake.nowMs() + frozenMs,
      wallMs: () => fake.wallMs() + frozenMs,
      setTimer: (delayMs, onDue) => fake.setTimer(delayMs, onDue),
      setInterval: (periodMs, onTick) => fake.setInterval(periodMs, onTick),
    },
    freeze: (ms) => void (frozenMs += ms),
  };
}

test('while the process runs its time is that of any clock', () => {
  const { clock, fake } = freezable();
  const attentive = new AttentiveClock(clock);
  let due = 0;
  attentive.setTimer(1000, () => (due += 1));
  attentive.setTimer(1000, () => (due += 1)).cancel();
  fake.advance(999);
  assert.deepEqual([attentive.nowMs(), due], [999, 0]);
  fake.advance(1);
  assert.deepEqual([attentive.nowMs(), due], [1000, 1]);
  attentive.close();
  assert.equal(fake.pending, 0);
});

test('a freeze does not count, whatever is called first after it', () => {
  const { clock, fake, freeze } = freezable();
  const attentive = new AttentiveClock(clock);
  fake.advance(1000);
  let dueAtMs = 0;
  // Due before the next tick, by which the clock itself gets to know of the freeze.
  attentive.setTimer(3000, () => (dueAtMs = fake.nowMs()));
  fake.advance(2950);
  freeze(60_000);
  const afterMs = attentive.nowMs();
  assert.ok(afterMs >= 3950 && afterMs <= 3950 + 250, `${afterMs}`);
  fake.advance(50);
  assert.ok(attentive.nowMs() <= 4000 + 250);
  fake.advance(1000);
  assert.ok(dueAtMs >= 3750 && dueAtMs <= 4000, `${dueAtMs}`);
  assert.ok(attentive.nowMs() <= 5000 + 250);
});

test('it never goes back, and many small delays count in full', () => {
  const { clock, fake, freeze } = freezable();
  const attentive = new AttentiveClock(clock);
  let lastMs = 0;
  for (let step = 0; step < 300; step += 1) {
    freeze(step % 7 === 0 ? 1000 : 0);
    fake.advance(37);
    assert.ok(attentive.nowMs() >= lastMs);
    lastMs = attentive.nowMs();
  }
  const passedMs = attentive.nowMs();
  for (let step = 0; step < 100; step += 1) {
    fake.advance(100);
    freeze(100);
  }
  assert.equal(attentive.nowMs() - passedMs, 20_000);
});
