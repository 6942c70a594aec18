import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createReframer, type Reframer } from './reframer.ts';

function pullAll(reframer: Reframer): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let frame = reframer.next(); frame !== undefined; frame = reframer.next()) frames.push(frame);
  return frames;
}

function flushAll(reframer: Reframer): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let frame = reframer.flush(); frame !== undefined; frame = reframer.flush()) frames.push(frame);
  return frames;
}

test('any chunking gives the same frames, with the last one padded by zeros', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.boolean())),
      (frameBytes, chunks) => {
        const stream = chunks.flatMap(([chunk]) => Array.from(chunk));
        while (stream.length % frameBytes !== 0) stream.push(0);
        const reframer = createReframer({ frameBytes });
        const frames: Uint8Array[] = [];
        for (const [chunk, pull] of chunks) {
          reframer.push(chunk);
          if (!pull) continue;
          frames.push(...pullAll(reframer).map((frame) => frame.slice()));
          // The chunk is no longer borrowed: what its owner writes now must not be heard.
          chunk.fill(0xee);
        }
        frames.push(...flushAll(reframer));
        assert.ok(frames.every((frame) => frame.byteLength === frameBytes));
        assert.deepEqual(
          frames.flatMap((frame) => Array.from(frame)),
          stream,
        );
        assert.equal(reframer.pendingBytes, 0);
      },
    ),
  );
});

test('pending bytes count what was pushed and not handed out', () => {
  const reframer = createReframer({ frameBytes: 4 });
  reframer.push(new Uint8Array(7));
  assert.equal(reframer.pendingBytes, 7);
  reframer.next();
  assert.equal(reframer.pendingBytes, 3);
  assert.equal(reframer.next(), undefined);
  assert.equal(reframer.pendingBytes, 3);
});

test('a frame inside one chunk is a view, a frame over two chunks is owned', () => {
  const reframer = createReframer({ frameBytes: 2 });
  const first = Uint8Array.of(1, 2, 3);
  const second = Uint8Array.of(4, 5);
  reframer.push(first);
  reframer.push(second);
  const view = reframer.next();
  const owned = reframer.next();
  first.fill(9);
  second.fill(9);
  assert.deepEqual([...(view ?? [])], [9, 9]);
  assert.deepEqual([...(owned ?? [])], [3, 4]);
});

test('after undefined a chunk belongs to its owner again', () => {
  const reframer = createReframer({ frameBytes: 4 });
  const chunk = Uint8Array.of(1, 2, 3);
  reframer.push(chunk);
  assert.equal(reframer.next(), undefined);
  chunk.fill(9);
  reframer.push(Uint8Array.of(4, 5));
  assert.deepEqual([...(reframer.next() ?? [])], [1, 2, 3, 4]);
});

test('an owned frame is not written to by later pushes', () => {
  const reframer = createReframer({ frameBytes: 2 });
  reframer.push(Uint8Array.of(1));
  reframer.next();
  reframer.push(Uint8Array.of(2));
  const owned = reframer.next();
  reframer.push(Uint8Array.of(7));
  reframer.next();
  assert.deepEqual([...(owned ?? [])], [1, 2]);
});

test('reset forgets everything', () => {
  const reframer = createReframer({ frameBytes: 4 });
  reframer.push(Uint8Array.of(1, 2, 3, 4, 5, 6));
  reframer.next();
  reframer.next();
  reframer.push(Uint8Array.of(9));
  reframer.reset();
  assert.equal(reframer.pendingBytes, 0);
  assert.equal(reframer.flush(), undefined);
  reframer.push(Uint8Array.of(7));
  assert.deepEqual([...(reframer.flush() ?? [])], [7, 0, 0, 0]);
});

test('a frame size that is no positive integer is refused', () => {
  for (const frameBytes of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => createReframer({ frameBytes }), RangeError);
  }
});
