import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { createResampler, loadResampler, type Resampler, type ResamplerFactory } from './resampler.ts';

const TONE_HZ = 440;
const LEVEL = 12_000;

function sine(samples: number, rateHz: number): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) =>
    Math.round(LEVEL * Math.sin((2 * Math.PI * TONE_HZ * i) / rateHz)),
  );
}

function concat(parts: readonly Int16Array[]): Int16Array {
  return Int16Array.from(parts.flatMap((part) => Array.from(part)));
}

function resampleInChunks(resampler: Resampler, input: Int16Array, sizes: readonly number[]): Int16Array {
  const parts: Int16Array[] = [];
  let offset = 0;
  for (let i = 0; offset < input.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    parts.push(resampler.process(input.subarray(offset, offset + size)));
    offset += size;
  }
  parts.push(resampler.flush());
  return concat(parts);
}

describe('resampler', () => {
  let factory: ResamplerFactory;
  before(async () => {
    factory = await loadResampler();
  });

  for (const [fromHz, toHz] of [
    [22_050, 48_000],
    [24_000, 48_000],
    [44_100, 48_000],
    [48_000, 16_000],
    [48_000, 8_000],
    [8_000, 192_000],
  ] as const) {
    test(`a tone keeps its frequency, level and moment from ${fromHz} to ${toHz} Hz`, () => {
      const resampler = factory.create({ fromHz, toHz });
      const input = sine(fromHz / 2, fromHz);
      const output = resampleInChunks(resampler, input, [Math.round(fromHz / 50)]);
      resampler.close();
      const ideal = sine(toHz / 2, toHz);
      assert.equal(output.length, ideal.length);
      // The edges ring, as the tone is cut off there; the middle must be the ideal tone itself.
      const edge = toHz / 100;
      let worst = 0;
      for (let i = edge; i < ideal.length - edge; i += 1) {
        worst = Math.max(worst, Math.abs((output[i] ?? 0) - (ideal[i] ?? 0)));
      }
      assert.ok(worst < LEVEL * 0.01, `off by ${worst}`);
    });
  }

  test('any chunking gives the same samples and exactly the rounded count', () => {
    const rate = fc.constantFrom(8_000, 16_000, 22_050, 24_000, 44_100, 48_000);
    fc.assert(
      fc.property(
        rate,
        rate,
        fc.integer({ min: 0, max: 5_000 }),
        fc.array(fc.integer({ min: 1, max: 1_500 }), { minLength: 1, maxLength: 8 }),
        (fromHz, toHz, samples, sizes) => {
          const input = sine(samples, fromHz);
          const resampler = factory.create({ fromHz, toHz });
          const pieces = resampleInChunks(resampler, input, sizes);
          assert.equal(pieces.length, Math.round((samples * toHz) / fromHz));
          // The second run over the same resampler also shows that a flush begins afresh.
          assert.deepEqual(resampleInChunks(resampler, input, [10_000]), pieces);
          resampler.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  test('output comes while input comes, and not only at the flush', () => {
    const resampler = factory.create({ fromHz: 24_000, toHz: 48_000 });
    assert.ok(resampler.process(sine(480, 24_000)).length > 800);
    assert.equal(resampler.process(sine(480, 24_000)).length, 960);
    resampler.close();
  });

  test('interleaved streams do not touch each other', () => {
    const input = sine(2_000, 24_000);
    const silence = new Int16Array(2_000);
    const alone = factory.create({ fromHz: 24_000, toHz: 48_000 });
    const expected = concat([alone.process(input), alone.flush()]);
    const speaking = factory.create({ fromHz: 24_000, toHz: 48_000 });
    const silent = factory.create({ fromHz: 24_000, toHz: 48_000 });
    const heard = [speaking.process(input.subarray(0, 700))];
    const quiet = [silent.process(silence)];
    heard.push(speaking.process(input.subarray(700)), speaking.flush());
    quiet.push(silent.flush());
    assert.deepEqual(concat(heard), expected);
    assert.ok(concat(quiet).every((sample) => sample === 0));
    for (const resampler of [alone, speaking, silent]) resampler.close();
  });

  test('equal rates pass samples through as owned memory', () => {
    const resampler = factory.create({ fromHz: 48_000, toHz: 48_000 });
    const input = Int16Array.of(1, 2, 3);
    const output = resampler.process(input);
    input.fill(9);
    assert.deepEqual([...output], [1, 2, 3]);
    assert.equal(resampler.flush().length, 0);
    resampler.close();
  });

  test('rates and qualities out of range are refused by name', () => {
    assert.throws(() => factory.create({ fromHz: 4_000, toHz: 48_000 }), /fromHz must be .* but is 4000/);
    assert.throws(() => factory.create({ fromHz: 8_000, toHz: 192_001 }), /toHz must be/);
    assert.throws(() => factory.create({ fromHz: 8_000.5, toHz: 48_000 }), RangeError);
    assert.throws(() => factory.create({ fromHz: 8_000, toHz: 48_000, quality: 11 }), /quality must be/);
  });

  test('closing gives the memory of the filter back', () => {
    // These filters take about 80 KB each: 120 MB in all, were they not freed.
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 1_500; i += 1) {
      factory.create({ fromHz: 191_999, toHz: 8_000, quality: 10 }).close();
    }
    assert.ok(process.memoryUsage.rss() - before < 60e6);
  });

  test('a closed resampler may be closed again and refuses work', () => {
    for (const toHz of [24_000, 48_000]) {
      const resampler = factory.create({ fromHz: 48_000, toHz });
      resampler.close();
      resampler.close();
      assert.throws(() => resampler.process(Int16Array.of(1)), /closed/);
      assert.throws(() => resampler.process(new Int16Array(0)), /closed/);
      assert.throws(() => resampler.flush(), /closed/);
    }
  });

  test('a single resampler can be had without the factory', async () => {
    const resampler = await createResampler({ fromHz: 16_000, toHz: 48_000 });
    resampler.process(new Int16Array(160));
    assert.equal(await loadResampler(), factory);
    resampler.close();
  });
});
