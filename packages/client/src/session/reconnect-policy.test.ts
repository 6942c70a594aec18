import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { askedDelayMs, DEFAULT_RECONNECT, reconnectDelayMs } from './reconnect-policy.ts';

test('waits grow to their limit and are spread over all of it', () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 100].map((attempt) =>
    reconnectDelayMs(DEFAULT_RECONNECT, attempt, 1),
  );
  assert.deepEqual(longest, [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  assert.equal(reconnectDelayMs(DEFAULT_RECONNECT, 9, 0), 0);
});

test('a delay that the server asked for is always kept', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (attempt, random) => {
        assert.ok(reconnectDelayMs(DEFAULT_RECONNECT, attempt, random, 1500) >= 1500);
      },
    ),
  );
});

test('the delay is read from the reason of the close', () => {
  assert.equal(askedDelayMs('server_shutdown; retry_after_ms=1500'), 1500);
  for (const reason of [
    '',
    'server_shutdown',
    'retry_after_ms=',
    'retry_after_ms=99999999',
    'retry_after_ms=-1',
  ]) {
    assert.equal(askedDelayMs(reason), 0);
  }
});
