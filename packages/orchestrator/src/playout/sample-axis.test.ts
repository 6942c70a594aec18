import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { SampleAxis } from './sample-axis.ts';

const RATES = [8000, 16_000, 24_000, 48_000] as const;

describe('the axis on which a client counts samples', () => {
  test('goes on from where it was when the rate changes', () => {
    const axis = new SampleAxis(48_000);
    axis.setRate(24_000, 30);
    assert.equal(axis.samplesAfter(30), 28_800);
    assert.equal(axis.samplesAfter(31), 28_800 + 480);
  });

  test('reads a report the same before and after the rate has changed', () => {
    const axis = new SampleAxis(48_000);
    const at600Ms = 28_800;
    assert.equal(axis.sessionSamplesAt(at600Ms), 28_800);
    axis.setRate(24_000, 60);
    assert.equal(axis.sessionSamplesAt(at600Ms), 28_800);
    assert.equal(axis.sessionSamplesAt(57_600 + 480), 57_600 + 960);
  });

  test('goes on at the present rate from the place to which a client had come', () => {
    const axis = new SampleAxis(48_000);
    axis.setRate(24_000, 40);
    axis.setRate(8000, 50);
    const received = axis.framesAt(30 * 960);
    assert.equal(received, 30);
    axis.rewind(received);
    assert.equal(axis.samplesAfter(30), 30 * 960);
    assert.equal(axis.samplesAfter(31), 30 * 960 + 160);
    assert.equal(axis.framesAt(30 * 960 + 160 * 25), 55);
  });

  test('gives each place one meaning, whatever the rate was', () => {
    const step = fc.record({
      frames: fc.nat(50),
      rateHz: fc.constantFrom(...RATES),
      back: fc.nat(30),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const axis = new SampleAxis(48_000);
        const placeAfter = [0];
        let frames = 0;
        for (const { frames: more, rateHz, back } of steps) {
          for (let count = 0; count < more; count += 1) {
            frames += 1;
            placeAfter[frames] = axis.samplesAfter(frames);
          }
          axis.setRate(rateHz, frames);
          if (back % 3 !== 0) continue;
          frames = Math.max(0, frames - back);
          axis.rewind(frames);
        }
        for (let at = 0; at <= frames; at += 1) assert.equal(axis.framesAt(placeAfter[at] ?? -1), at);
        assert.equal(axis.samplesAfter(frames), placeAfter[frames]);
      }),
    );
  });

  test('stays small, however often the rate changes', () => {
    const axis = new SampleAxis(48_000);
    for (let frames = 1; frames <= 100_000; frames += 1) {
      axis.setRate(frames % 2 === 0 ? 48_000 : 24_000, frames);
    }
    const end = axis.samplesAfter(100_000);
    assert.equal(axis.framesAt(end), 100_000);
    assert.equal(axis.framesAt(end - 480 - 960), 99_998);
    assert.ok(axis.knownFromSample > end - 100 * 960);
  });
});
