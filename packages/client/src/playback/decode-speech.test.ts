import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countSamples, decodeSpeech } from './decode-speech.ts';

test('16-bit samples are little-endian', () => {
  const bytes = new Uint8Array([1, 0, 255, 255, 0, 128, 255, 127]);
  assert.deepEqual([...decodeSpeech('pcm_s16le', bytes)], [1, -1, -32_768, 32_767]);
});

test('mu-law has the values of G.711', () => {
  // Ends and middle of the table in the recommendation, on both sides.
  const bytes = new Uint8Array([0x80, 0x8f, 0x9f, 0xef, 0xfe, 0xff, 0x7f, 0x7e, 0x6f, 0x00]);
  assert.deepEqual(
    [...decodeSpeech('mulaw', bytes)],
    [32_124, 16_764, 8316, 132, 8, 0, 0, -8, -132, -32_124],
  );
});

test('an Opus packet says how long it is', () => {
  const packets: readonly (readonly [number[], number])[] = [
    [[0b11111_0_00], 960],
    [[0b11111_0_01], 1920],
    [[0b11100_0_00], 120],
    [[0b01100_0_00], 480],
    [[0b00011_0_00], 2880],
    [[0b11111_0_11, 3], 2880],
    [[], 0],
  ];
  for (const [bytes, samples] of packets) assert.equal(countSamples('opus', new Uint8Array(bytes)), samples);
});
