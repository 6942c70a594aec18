import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { WavError, parseWav, wavHeader } from './wav.ts';

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}

function chunk(tag: string, body: readonly number[]): Uint8Array {
  const padding = body.length % 2 === 1 ? [0] : [];
  return Uint8Array.from([...new TextEncoder().encode(tag), body.length, 0, 0, 0, ...body, ...padding]);
}

test('the header is the canonical one, byte for byte', () => {
  const header = Buffer.from(wavHeader({ sampleRateHz: 48_000, dataBytes: 1920 }));
  assert.equal(
    header.toString('hex'),
    '52494646a407000057415645666d7420100000000100010080bb000000770100020010006461746180070000',
  );
});

test('the streaming form says that the sizes are unknown', () => {
  const view = new DataView(wavHeader({ sampleRateHz: 24_000 }).buffer);
  assert.equal(view.getUint32(4, true), 0xffff_ffff);
  assert.equal(view.getUint32(40, true), 0xffff_ffff);
});

test('what is written is read back, in the sized and the streaming form', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.constantFrom<1 | 2>(1, 2),
      fc.integer({ min: 1, max: 192_000 }),
      fc.boolean(),
      (bytes, channels, sampleRateHz, sized) => {
        const pcm = bytes.subarray(0, bytes.length - (bytes.length % (2 * channels)));
        const header = wavHeader(
          sized ? { sampleRateHz, channels, dataBytes: pcm.length } : { sampleRateHz, channels },
        );
        const audio = parseWav(join(header, pcm));
        assert.equal(audio.sampleRateHz, sampleRateHz);
        assert.equal(audio.channels, channels);
        assert.deepEqual([...audio.pcm], [...pcm]);
      },
    ),
  );
});

test('unknown chunks, also of odd size, are skipped, and bytes after the samples too', () => {
  const header = wavHeader({ sampleRateHz: 16_000, dataBytes: 2 });
  const wav = join(
    header.subarray(0, 12),
    chunk('LIST', [1, 2, 3]),
    header.subarray(12, 36),
    chunk('fact', [0, 0, 0, 0]),
    header.subarray(36),
    Uint8Array.of(5, 6),
    chunk('cue ', [9]),
  );
  const audio = { sampleRateHz: 16_000, channels: 1, pcm: Uint8Array.of(5, 6), missingBytes: 0 };
  assert.deepEqual(parseWav(wav), audio);
});

test('a WAV that is cut off is read as far as it goes, and says how much is missing', () => {
  const cut = join(wavHeader({ sampleRateHz: 16_000, dataBytes: 10 }), Uint8Array.of(1, 2, 3));
  assert.partialDeepStrictEqual(parseWav(cut), { pcm: Uint8Array.of(1, 2), missingBytes: 7 });
  for (const unknown of [undefined, 0x7fff_f000, 0x7fff_ffff]) {
    const header = wavHeader({
      sampleRateHz: 16_000,
      ...(unknown !== undefined && { dataBytes: unknown }),
    });
    assert.equal(parseWav(join(header, Uint8Array.of(1, 2))).missingBytes, 0);
  }
});

test('the extensible form of PCM is read', () => {
  const header = wavHeader({ sampleRateHz: 16_000, dataBytes: 2 });
  const format = [
    0xfe,
    0xff,
    ...header.subarray(22, 36),
    22,
    0,
    16,
    0,
    4,
    0,
    0,
    0,
    1,
    0,
    ...Array(14).fill(0),
  ];
  const wav = join(header.subarray(0, 12), chunk('fmt ', format), header.subarray(36), Uint8Array.of(7, 8));
  assert.deepEqual([...parseWav(wav).pcm], [7, 8]);
});

test('what cannot be read is refused with a reason', () => {
  const good = wavHeader({ sampleRateHz: 16_000, dataBytes: 0 });
  const eightBit = good.slice();
  eightBit[34] = 8;
  const float = good.slice();
  float[20] = 3;
  const sixChannels = good.slice();
  sixChannels[22] = 6;
  const cases: readonly [Uint8Array, string, RegExp][] = [
    [new Uint8Array(0), 'NOT_WAV', /RIFF/],
    [new TextEncoder().encode('OggS and more bytes'), 'NOT_WAV', /RIFF/],
    [good.subarray(0, 30), 'TRUNCATED', /fmt /],
    [good.subarray(0, 36), 'TRUNCATED', /data/],
    [join(good.subarray(0, 12), good.subarray(36)), 'TRUNCATED', /no "fmt " chunk/],
    [eightBit, 'UNSUPPORTED_FORMAT', /8 bits/],
    [float, 'UNSUPPORTED_FORMAT', /encoding 3/],
    [sixChannels, 'UNSUPPORTED_FORMAT', /6 channels/],
  ];
  for (const [bytes, code, message] of cases) {
    assert.throws(
      () => parseWav(bytes),
      (error) => error instanceof WavError && error.code === code && message.test(error.message),
    );
  }
});

test('no bytes at all make the parser fail in another way', () => {
  const header = wavHeader({ sampleRateHz: 16_000, dataBytes: 4 });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(44), (noise, keep) => {
      try {
        parseWav(join(header.subarray(0, keep), noise));
      } catch (error) {
        assert.ok(error instanceof WavError);
      }
    }),
  );
});

test('more samples than a WAV can hold are refused', () => {
  assert.throws(() => wavHeader({ sampleRateHz: 48_000, dataBytes: 2 ** 32 }), RangeError);
});
