import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeMulaw, encodeMulaw, encodeMulawSample } from './mulaw.ts';

test('encodes the values of the G.711 table', () => {
  const table: readonly (readonly [number, number])[] = [
    [0, 0xff],
    [-1, 0x7f],
    [8, 0xfe],
    [32_767, 0x80],
    [-32_768, 0x00],
    [1000, 0xce],
    [-1000, 0x4e],
  ];
  for (const [sample, code] of table) assert.equal(encodeMulawSample(sample), code, `sample ${sample}`);
});

test('every code decodes to a sample that encodes to it again', () => {
  const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
  const again = encodeMulaw(decodeMulaw(codes));
  // The code for minus zero is the one that encoding never gives.
  for (const code of codes) assert.equal(again[code], code === 0x7f ? 0xff : code);
});

test('is within half a step of the sample, over the whole range', () => {
  for (let sample = -32_635; sample <= 32_635; sample += 7) {
    const [decoded = 0] = decodeMulaw(Uint8Array.of(encodeMulawSample(sample)));
    assert.ok(Math.abs(decoded - sample) <= (Math.abs(sample) + 132) / 30, `${sample} became ${decoded}`);
  }
});
