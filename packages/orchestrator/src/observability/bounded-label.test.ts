import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedLabel } from './bounded-label.ts';

test('a label without room knows only what it was given', () => {
  const label = new BoundedLabel({ known: ['a', 'b'] });
  assert.deepEqual(
    ['a', 'b', 'c', ''].map((value) => label.of(value)),
    ['a', 'b', 'other', 'other'],
  );
});

test('a label with room learns that many values and keeps them', () => {
  const label = new BoundedLabel({ known: ['a'], learn: 2 });
  assert.deepEqual(
    ['x', 'x', 'y', 'z', 'x', 'a'].map((value) => label.of(value)),
    ['x', 'x', 'y', 'other', 'x', 'a'],
  );
});
