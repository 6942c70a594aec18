import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { AudioFrame } from './generated/tts.ts';
import { serializeAudioFrame } from './serialize-audio-frame.ts';
import { anyFrame } from './testing/any-frame.ts';

test('a frame is serialized to the bytes of the generated code', () => {
  fc.assert(
    fc.property(anyFrame, (frame) => {
      const expected = Buffer.from(AudioFrame.encode(frame).finish());
      assert.deepEqual(serializeAudioFrame(frame), expected);
    }),
    { numRuns: 500 },
  );
});
