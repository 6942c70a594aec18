import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SentFrames } from './sent-frames.ts';

function sent(capacity: number, count: number): SentFrames {
  const frames = new SentFrames(capacity);
  for (let sequence = 1; sequence <= count; sequence += 1)
    frames.add(Uint8Array.of(sequence), sequence + 100);
  return frames;
}

function kept(frames: SentFrames): readonly (number | undefined)[] {
  const all: (number | undefined)[] = [];
  for (let sequence = 1; sequence <= frames.newest; sequence += 1) {
    const frame = frames.frame(sequence)?.[0];
    assert.equal(frames.generation(sequence), frame === undefined ? undefined : sequence + 100);
    if (frame !== undefined) all.push(frame);
  }
  assert.equal(all[0] ?? frames.newest + 1, frames.oldest);
  return all;
}

describe('frames that were sent', () => {
  test('are kept as far as there is room, the newest of them', () => {
    assert.deepEqual(kept(sent(4, 10)), [7, 8, 9, 10]);
    assert.deepEqual(kept(sent(4, 2)), [1, 2]);
    assert.deepEqual(kept(sent(0, 2)), []);
  });

  test('stay when there is more room, and make room when there is less', () => {
    const frames = sent(4, 10);
    frames.resize(7);
    assert.deepEqual(kept(frames), [7, 8, 9, 10]);
    for (let sequence = 11; sequence <= 14; sequence += 1)
      frames.add(Uint8Array.of(sequence), sequence + 100);
    assert.deepEqual(kept(frames), [8, 9, 10, 11, 12, 13, 14]);
    frames.resize(2);
    assert.deepEqual(kept(frames), [13, 14]);
    frames.resize(0);
    assert.deepEqual(kept(frames), []);
  });

  test('are forgotten once the client has them', () => {
    const frames = sent(4, 10);
    frames.forget(8);
    assert.deepEqual(kept(frames), [9, 10]);
    frames.forget(3);
    assert.deepEqual(kept(frames), [9, 10]);
    frames.forget(1e9);
    assert.deepEqual(kept(frames), []);
    frames.add(Uint8Array.of(11), 111);
    assert.deepEqual(kept(frames), [11]);
  });
});
