import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventLog } from './event-log.ts';

test('an event log gives what a client missed, as far as it is kept', () => {
  const log = new EventLog();
  for (let t = 1; t <= 1500; t += 1) log.add({ type: 'pong', t });
  assert.deepEqual(log.after(1500), []);
  assert.deepEqual(log.after(1498), [
    { type: 'pong', t: 1499 },
    { type: 'pong', t: 1500 },
  ]);
  assert.equal(log.after(500)?.length, 1000);
  assert.equal(log.after(499), undefined, 'that is no longer kept');
  assert.equal(log.after(1501), undefined, 'that was never told');
});

test('an event log keeps a bounded amount of text, however long messages are', () => {
  const log = new EventLog();
  const message = 'x'.repeat(100_000);
  for (let count = 0; count < 10; count += 1) log.add({ type: 'error', code: 'INTERNAL_ERROR', message });
  assert.equal(log.after(8)?.length, 2);
  assert.equal(log.after(7), undefined);
});
