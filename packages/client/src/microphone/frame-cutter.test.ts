import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { FrameCutter } from './frame-cutter.ts';

test('whatever the pieces are, frames are whole, in order and memory of their own', () => {
  fc.assert(
    fc.property(fc.array(fc.int16Array({ maxLength: 50 }), { maxLength: 20 }), (pieces) => {
      const frames: Int16Array[] = [];
      const cutter = new FrameCutter(16, (frame) => frames.push(frame));
      for (const piece of pieces) cutter.push(piece);
      const all = pieces.flatMap((piece) => [...piece]);
      assert.deepEqual(
        frames.flatMap((frame) => [...frame]),
        all.slice(0, all.length - (all.length % 16)),
      );
      assert.equal(new Set(frames.map(({ buffer }) => buffer)).size, frames.length);
    }),
  );
});

test('floats beyond full scale are cut off, not wrapped around', () => {
  const frames: Int16Array[] = [];
  const cutter = new FrameCutter(5, (frame) => frames.push(frame));
  cutter.push(Float32Array.from([0, 0.5, 1, 2, -1.5]));
  assert.deepEqual([...(frames[0] ?? [])], [0, 16_384, 32_767, 32_767, -32_768]);
});
