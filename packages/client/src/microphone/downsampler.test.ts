import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { Downsampler } from './downsampler.ts';

function tone(hertz: number, rateHz: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / rateHz));
}

/** Level after the filter has settled, 1 for a full sine. */
function level(samples: Float32Array): number {
  const settled = samples.subarray(200);
  const sum = settled.reduce((total, sample) => total + sample * sample, 0);
  return Math.sqrt((2 * sum) / settled.length);
}

describe('the downsampler', () => {
  for (const inputRateHz of [48_000, 44_100, 32_000, 22_050, 16_000]) {
    test(`keeps speech and drops what 16 kHz cannot hold, from ${inputRateHz} Hz`, () => {
      const through = (hertz: number): number => {
        const downsampler = new Downsampler({ inputRateHz, outputRateHz: 16_000 });
        return level(downsampler.process(tone(hertz, inputRateHz, inputRateHz)));
      };
      for (const hertz of [100, 1000, 3000, 6000]) {
        assert.ok(Math.abs(through(hertz) - 1) < 0.02, `${hertz} Hz: ${through(hertz)}`);
      }
      if (inputRateHz > 32_000) {
        for (const hertz of [10_000, 15_000, 20_000]) assert.ok(through(hertz) < 0.003, `${hertz} Hz`);
      }
    });
  }

  test('gives the same whatever the pieces are', () => {
    const input = tone(440, 44_100, 2000);
    const whole = new Downsampler({ inputRateHz: 44_100, outputRateHz: 16_000 }).process(input);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 300 }), { maxLength: 30 }), (sizes) => {
        const downsampler = new Downsampler({ inputRateHz: 44_100, outputRateHz: 16_000 });
        const output: number[] = [];
        let at = 0;
        for (const size of [...sizes, input.length]) {
          output.push(...downsampler.process(input.subarray(at, at + size)));
          at += size;
        }
        assert.deepEqual(output, [...whole]);
      }),
    );
  });

  test('neither gains nor loses time', () => {
    const downsampler = new Downsampler({ inputRateHz: 44_100, outputRateHz: 16_000 });
    let output = 0;
    for (let i = 0; i < 3000; i += 1) output += downsampler.process(new Float32Array(441)).length;
    assert.ok(Math.abs(output - 3000 * 160) <= 14, `${output} samples`);
  });

  test('passes a constant unchanged', () => {
    const downsampler = new Downsampler({ inputRateHz: 48_000, outputRateHz: 16_000 });
    const output = downsampler.process(new Float32Array(4800).fill(0.5));
    for (const sample of output.subarray(20)) assert.ok(Math.abs(sample - 0.5) < 1e-5);
  });

  test('refuses to go up, and rates that are none', () => {
    for (const [inputRateHz, outputRateHz] of [
      [8000, 16_000],
      [0, 0],
      [44_100.5, 16_000],
    ] as const) {
      assert.throws(() => new Downsampler({ inputRateHz, outputRateHz }), RangeError);
    }
  });
});
