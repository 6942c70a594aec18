import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { FrameQueue } from './frame-queue.ts';

test('a frame queue behaves like an array of bounded length', () => {
  const operation = fc.oneof(fc.constant('push'), fc.constant('shift'), fc.constant('clear'));
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.array(operation, { maxLength: 100 }),
      (capacity, operations) => {
        const queue = new FrameQueue(capacity);
        let model: Uint8Array[] = [];
        for (const [index, name] of operations.entries()) {
          if (name === 'clear') {
            queue.clear();
            model = [];
          } else if (name === 'shift') {
            assert.equal(queue.shift(), model.shift());
          } else if (model.length === capacity) {
            assert.throws(() => queue.push(Uint8Array.of(index)), RangeError);
          } else {
            const frame = Uint8Array.of(index);
            queue.push(frame);
            model.push(frame);
          }
          assert.equal(queue.length, model.length);
          assert.equal(queue.room, capacity - model.length);
        }
      },
    ),
  );
});

test('a capacity that is no whole number of at least 1 is refused', () => {
  for (const capacity of [0, -1, 1.5, Number.NaN])
    assert.throws(() => new FrameQueue(capacity), /at least 1/);
});
