import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClientClock, type FakeClientClock } from '../testing/fake-client-clock.ts';
import { Heartbeat } from './heartbeat.ts';

function setUp(): { heartbeat: Heartbeat; clock: FakeClientClock; log: string[] } {
  const clock = createFakeClientClock();
  const log: string[] = [];
  const heartbeat = new Heartbeat({
    clock,
    intervalMs: 100,
    onBeat: () => log.push('beat'),
    onSilence: () => log.push('silence'),
  });
  return { heartbeat, clock, log };
}

test('after two beats that nothing answered the other side counts as gone, once', () => {
  const { heartbeat, clock, log } = setUp();
  heartbeat.start();
  clock.advance(1000);
  assert.deepEqual(log, ['beat', 'beat', 'silence']);
  assert.equal(clock.pending, 0);
});

test('any sign of life counts', () => {
  const { heartbeat, clock, log } = setUp();
  heartbeat.start();
  for (let i = 0; i < 10; i += 1) {
    clock.advance(200);
    heartbeat.noteLife();
  }
  assert.ok(!log.includes('silence'));
  clock.advance(300);
  assert.equal(log.at(-1), 'silence');
});

test('a heart that was stopped does not beat', () => {
  const { heartbeat, clock, log } = setUp();
  heartbeat.start();
  heartbeat.start();
  clock.advance(100);
  assert.deepEqual(log, ['beat'], 'started twice, it beats once');
  heartbeat.stop();
  clock.advance(1000);
  assert.deepEqual(log, ['beat']);
});
