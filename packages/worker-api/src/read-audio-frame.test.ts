import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { AudioFrame } from './generated/tts.ts';
import { readAudioFrame, type ReceivedAudio } from './read-audio-frame.ts';
import { anyFrame } from './testing/any-frame.ts';

const FRAME: AudioFrame = {
  sessionId: 'a session',
  audioData: Buffer.alloc(200, 7),
  sampleRate: 48_000,
  frameDurationMs: 20,
  sequenceNumber: 300,
  isFinal: true,
  marks: [],
  textSequence: 1,
};

/** What `readAudioFrame` is to give, by the generated decoder. */
function expected(bytes: Uint8Array): ReceivedAudio {
  const { audioData, sampleRate, isFinal, marks } = AudioFrame.decode(bytes);
  return { audioData, sampleRate, isFinal, marks };
}

function actual(bytes: Uint8Array): ReceivedAudio {
  const { audioData, sampleRate, isFinal, marks } = readAudioFrame(bytes);
  return { audioData: Buffer.from(audioData), sampleRate, isFinal, marks };
}

test('a frame is read as the generated code reads it', () => {
  fc.assert(
    fc.property(anyFrame, (frame) => {
      const bytes = AudioFrame.encode(frame).finish();
      assert.deepEqual(actual(bytes), expected(bytes));
    }),
    { numRuns: 500 },
  );
});

test('fields in another order, twice, or unknown are read as the generated code reads them', () => {
  const parts = fc.array(
    fc.oneof(
      anyFrame.map((frame) => AudioFrame.encode(frame).finish()),
      unknownField,
    ),
    {
      maxLength: 4,
    },
  );
  fc.assert(
    fc.property(parts, (messages) => {
      // The concatenation of two protobuf messages is their merger.
      const bytes = Buffer.concat(messages);
      assert.deepEqual(actual(bytes), expected(bytes));
    }),
  );
});

test('a message cut short is refused wherever the generated code refuses it', () => {
  const whole = AudioFrame.encode(FRAME).finish();
  for (let length = 0; length < whole.length; length += 1) {
    const bytes = whole.subarray(0, length);
    let frame: ReceivedAudio | undefined;
    try {
      frame = expected(bytes);
    } catch {
      assert.throws(() => readAudioFrame(bytes), `cut at ${length}`);
      continue;
    }
    assert.deepEqual(actual(bytes), frame, `cut at ${length}`);
  }
});

test('the audio is a view, not a copy', () => {
  const bytes = AudioFrame.encode(FRAME).finish();
  assert.equal(readAudioFrame(bytes).audioData.buffer, bytes.buffer);
});

/** Field 100 as a varint. */
const unknownField: fc.Arbitrary<Uint8Array> = fc.nat(127).map((value) => Uint8Array.of(0xa0, 0x06, value));
