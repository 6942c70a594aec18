import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Microphone } from '@parley/client';
import { levelBar, meteredMicrophone } from './level-meter.ts';

test('a level is a bar from -60 dBFS to full scale', () => {
  assert.equal(levelBar(-120), '▯▯▯▯▯▯▯▯▯▯');
  assert.equal(levelBar(-60), '▯▯▯▯▯▯▯▯▯▯');
  assert.equal(levelBar(-30), '▮▮▮▮▮▯▯▯▯▯');
  assert.equal(levelBar(0), '▮▮▮▮▮▮▮▮▮▮');
});

test('a metered microphone hands on every sample and tells its level', () => {
  let hear: (samples: Int16Array<ArrayBuffer>) => void = () => {};
  const microphone: Microphone = {
    sampleRateHz: 16_000,
    ended: Promise.resolve(),
    start: (listener) => {
      hear = listener;
    },
    close: () => Promise.resolve(),
  };
  const levels: number[] = [];
  const heard: Int16Array[] = [];
  meteredMicrophone(microphone, (dbfs) => levels.push(Math.round(dbfs))).start((samples) =>
    heard.push(samples),
  );
  hear(new Int16Array(320).fill(32_767));
  hear(new Int16Array(320));
  assert.deepEqual(levels, [-0, -120]);
  assert.deepEqual(
    heard.map((samples) => samples[319]),
    [32_767, 0],
  );
});
