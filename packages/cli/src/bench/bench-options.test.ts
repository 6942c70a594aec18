import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAmount, parseCount, parseSessionCounts } from './bench-options.ts';

test('reads session counts and numbers', () => {
  assert.deepEqual(parseSessionCounts('100,500, 1000'), [100, 500, 1000]);
  assert.equal(parseCount('--idle', '0', 0, 10), 0);
  assert.equal(parseAmount('--seconds', '2.5', 1, 10), 2.5);
});

for (const text of ['', 'many', '0', '-5', '1.5', '100,,200', '20001', 'NaN', 'Infinity']) {
  test(`refuses the session counts ${JSON.stringify(text)} and names the flag`, () => {
    assert.throws(() => parseSessionCounts(text), { code: 'USAGE', message: /--sessions/ });
  });
}
