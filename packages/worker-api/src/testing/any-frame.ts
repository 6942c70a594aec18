import * as fc from 'fast-check';
import type { AudioFrame } from '../generated/tts.ts';

const int32 = fc.oneof(fc.integer(), fc.nat(300), fc.constant(0));
const int64 = fc.oneof(
  fc.maxSafeInteger(),
  fc.nat(20_000),
  fc.constantFrom(127, 128, 16_383, 16_384, 2_097_152),
);
/** Frames of every size, with and without marks. */
export const anyFrame: fc.Arbitrary<AudioFrame> = fc.record({
  sessionId: fc.oneof(fc.string(), fc.string({ unit: 'binary' })),
  audioData: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  sampleRate: int32,
  frameDurationMs: int32,
  sequenceNumber: int64,
  isFinal: fc.boolean(),
  marks: fc.array(
    fc.record({ word: fc.string(), startMs: fc.nat(), endMs: fc.nat(), textOffset: fc.nat() }),
    { maxLength: 2 },
  ),
  textSequence: int64,
});
