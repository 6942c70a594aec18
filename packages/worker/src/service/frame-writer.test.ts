import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AudioFrame } from '@parley/worker-api';
import * as fc from 'fast-check';
import { systemClock } from '../clock.ts';
import { audioOf } from '../testing/test-client.ts';
import { FrameWriter, type FrameWriterOptions } from './frame-writer.ts';

function makeWriter(options: Partial<FrameWriterOptions> = {}) {
  const frames: AudioFrame[] = [];
  let room = Infinity;
  const writer = new FrameWriter({
    sessionId: 's',
    clock: systemClock,
    frameMs: 20,
    finalFrame: 'marker',
    onFirstAudio: () => undefined,
    write(frame) {
      frames.push(frame);
      room -= 1;
      return room > 0;
    },
    ...options,
  });
  const setRoom = (count: number): void => {
    room = count;
  };
  return { writer, frames, setRoom };
}

const counted = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index % 251);

test('pieces of any size become frames of 20 ms, with nothing lost and only the last one shorter', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(700)), fc.constantFrom('marker', 'data'), async (sizes, finalFrame) => {
      const { writer, frames } = makeWriter({ finalFrame });
      const whole = counted(2 * sizes.reduce((sum, size) => sum + size, 0));
      let from = 0;
      writer.beginText(1);
      for (const size of sizes) {
        writer.audio(whole.slice(from, from + 2 * size), 8000);
        from += 2 * size;
      }
      writer.endText();
      await writer.finish();
      assert.deepEqual(audioOf(frames), Buffer.from(whole));
      const audible = frames.filter((frame) => frame.audioData.length > 0);
      assert.ok(audible.slice(0, -1).every((frame) => frame.audioData.length === 320));
      assert.deepEqual(
        frames.map((frame) => frame.sequenceNumber),
        frames.map((_, index) => index),
      );
      assert.deepEqual(
        frames.map((frame) => frame.isFinal),
        frames.map((_, index) => index === frames.length - 1),
      );
      assert.equal(
        frames.length,
        finalFrame === 'marker' || whole.length === 0 ? audible.length + 1 : audible.length,
      );
    }),
  );
});

test('a change of sample rate ends the frame that was being filled', () => {
  const { writer, frames } = makeWriter();
  writer.audio(counted(100), 8000);
  writer.audio(counted(700), 16_000);
  writer.endText();
  const shapes = frames.map((frame) => [frame.sampleRate, frame.audioData.length, frame.frameDurationMs]);
  assert.deepEqual(shapes, [
    [8000, 100, 6],
    [16_000, 640, 20],
    [16_000, 60, 2],
  ]);
});

test('marks travel with the audio of their text, also those told after its last piece', () => {
  const { writer, frames } = makeWriter();
  writer.beginText(7);
  writer.audio(counted(640), 8000);
  writer.mark({ word: 'late', startMs: 1.4, endMs: 2.6, textOffset: 0 });
  writer.endText();
  writer.beginText(8);
  writer.audio(counted(320), 8000);
  writer.endText();
  const words = frames.map((frame) => [frame.textSequence, frame.marks.map((mark) => mark.word)]);
  assert.deepEqual(words, [
    [7, []],
    [7, ['late']],
    [8, []],
  ]);
  assert.deepEqual(frames[1]?.marks[0], { word: 'late', startMs: 1, endMs: 3, textOffset: 0 });
});

test('a paused writer keeps every frame for later, in order', async () => {
  const { writer, frames } = makeWriter();
  writer.frame(counted(2), 8000, 20);
  writer.pause();
  assert.equal(writer.frame(counted(4), 8000, 20), false);
  writer.frame(counted(6), 8000, 20);
  let ready = false;
  const waiting = writer.ready().then(() => {
    ready = true;
  });
  writer.drained();
  await Promise.resolve();
  assert.equal(ready, false);
  assert.equal(frames.length, 1);
  writer.resume();
  await waiting;
  assert.deepEqual(
    frames.map((frame) => frame.audioData.length),
    [2, 4, 6],
  );
});

test('a full transport is written to again only when it drained', async () => {
  const { writer, frames, setRoom } = makeWriter();
  setRoom(1);
  assert.equal(writer.frame(counted(2), 8000, 20), false);
  writer.frame(counted(2), 8000, 20);
  writer.pause();
  writer.resume();
  assert.equal(frames.length, 1);
  setRoom(1);
  const finished = writer.finish();
  writer.drained();
  assert.equal(frames.length, 2);
  setRoom(10);
  writer.drained();
  await finished;
  assert.deepEqual(
    frames.map((frame) => frame.isFinal),
    [false, false, true],
  );
});

test('a stop drops what waits and sends the end marker, although it is paused', async () => {
  const { writer, frames } = makeWriter({ finalFrame: 'data' });
  writer.pause();
  writer.frame(counted(2), 8000, 20);
  writer.frame(counted(2), 8000, 20);
  const waiting = writer.ready();
  writer.stop();
  writer.stop();
  await waiting;
  writer.frame(counted(2), 8000, 20);
  writer.resume();
  await writer.finish();
  assert.deepEqual(
    frames.map((frame) => [frame.audioData.length, frame.isFinal]),
    [[0, true]],
  );
});

test('an engine that ignores back-pressure is refused before it fills the memory', () => {
  const { writer } = makeWriter();
  writer.pause();
  const megabyte = counted(1024 * 1024);
  assert.throws(
    () => {
      for (let count = 0; count < 100; count += 1) writer.audio(megabyte, 48_000);
    },
    { code: 'ENGINE_OVERRUN' },
  );
});

test('what was made is sent before a failure is told', async () => {
  const { writer, frames } = makeWriter({ finalFrame: 'data' });
  writer.audio(counted(330), 8000);
  await writer.settle();
  assert.deepEqual(
    frames.map((frame) => [frame.audioData.length, frame.isFinal]),
    [
      [320, false],
      [10, false],
    ],
  );
});
