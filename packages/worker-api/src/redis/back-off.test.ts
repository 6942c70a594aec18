import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackOff } from './back-off.ts';

test('delays double up to a limit, spread over their upper half, and begin anew when told to', () => {
  const longest = new BackOff({ minMs: 50, maxMs: 300, random: () => 1 });
  assert.deepEqual(
    Array.from({ length: 5 }, () => longest.next()),
    [50, 100, 200, 300, 300],
  );
  longest.reset();
  assert.equal(longest.next(), 50);
  const shortest = new BackOff({ minMs: 50, maxMs: 300, random: () => 0 });
  assert.deepEqual([shortest.next(), shortest.next()], [25, 50]);
});
