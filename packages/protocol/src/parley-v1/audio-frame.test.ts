import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { AUDIO_ENCODINGS, type AudioEncoding } from './audio-format.ts';
import {
  AUDIO_HEADER_BYTES,
  AUDIO_KINDS,
  decodeAudioFrame,
  writeAudioHeader,
  type AudioFrame,
} from './audio-frame.ts';

interface Fixture {
  readonly name: string;
  readonly hex: string;
  readonly encoding: AudioEncoding;
  readonly flags: number;
  readonly generation: number;
  readonly sequence: number;
  readonly sampleOffset: number;
  readonly payloadHex: string;
}

const FIXTURES: readonly Fixture[] = JSON.parse(
  readFileSync(new URL('./fixtures/audio-frames.json', import.meta.url), 'utf8'),
);

function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

function encode(frame: AudioFrame, at = 0): Uint8Array {
  const target = new Uint8Array(at + AUDIO_HEADER_BYTES + frame.payload.byteLength);
  const { flags, generation, sequence, sampleOffset } = frame;
  writeAudioHeader(target, at, AUDIO_KINDS[frame.encoding], flags, generation, sequence, sampleOffset);
  target.set(frame.payload, at + AUDIO_HEADER_BYTES);
  return target;
}

function problemOf(message: Uint8Array): string {
  const result = decodeAudioFrame(message);
  assert.equal(result.kind, 'invalid');
  return result.problem;
}

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

const anyFrame: fc.Arbitrary<AudioFrame> = fc.record(
  {
    encoding: fc.constantFrom(...AUDIO_ENCODINGS),
    flags: fc.integer({ min: 0, max: 0xffff }),
    generation: u32,
    sequence: fc.integer({ min: 1, max: 0xffff_ffff }),
    sampleOffset: fc.maxSafeNat(),
    payload: fc.uint8Array({ maxLength: 40 }).map((payload) => payload.subarray(payload.byteLength % 2)),
  },
  { noNullPrototype: true },
);

describe('binary audio messages', () => {
  for (const { name, hex, payloadHex, ...header } of FIXTURES) {
    test(`${name} has its golden form both ways`, () => {
      const frame: AudioFrame = { ...header, payload: bytes(payloadHex) };
      assert.deepEqual(encode(frame), bytes(hex));
      assert.deepEqual(decodeAudioFrame(bytes(hex)), { kind: 'ok', frame });
    });
  }

  test('any frame passes both ways, at any place of a buffer', () => {
    fc.assert(
      fc.property(anyFrame, fc.nat({ max: 9 }), (frame, at) => {
        const target = encode(frame, at);
        assert.deepEqual(target.subarray(0, at), new Uint8Array(at));
        assert.deepEqual(decodeAudioFrame(target.subarray(at)), { kind: 'ok', frame });
      }),
    );
  });

  test('the payload is a view, not a copy', () => {
    const message = bytes(FIXTURES[0]?.hex ?? '');
    const result = decodeAudioFrame(message);
    assert.equal(result.kind, 'ok');
    assert.equal(result.frame.payload.buffer, message.buffer);
  });

  test('what is wrong with a message is said', () => {
    const good = bytes(FIXTURES[0]?.hex ?? '');
    const withByte = (at: number, value: number): Uint8Array => good.with(at, value);
    assert.match(problemOf(good.subarray(0, 19)), /header of 20 bytes, but has 19/);
    assert.match(problemOf(withByte(0, 2)), /version 1, but has 2/);
    assert.match(problemOf(withByte(1, 0)), /kind from 1 to 3, but has 0/);
    assert.match(problemOf(withByte(1, 4)), /kind from 1 to 3, but has 4/);
    assert.match(problemOf(withByte(8, 0)), /sequence from 1, but has 0/);
    assert.match(problemOf(withByte(18, 0x20)), /offset beyond 2\^53/);
    assert.match(problemOf(good.subarray(0, 23)), /whole 16-bit samples, but has 3 bytes/);
  });

  test('no bytes at all make the decoder throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (message) => {
        decodeAudioFrame(message);
        if (message.byteLength > 1) decodeAudioFrame(message.with(0, 1).with(1, 1));
      }),
    );
  });
});
