import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  bytesFromSamples,
  decodeMulaw,
  loadResampler,
  samplesFromBytes,
  type ResamplerFactory,
} from '@parley/audio';
import OpusScript from 'opusscript';
import { createAudioEncoder } from './audio-encoder.ts';

const AMPLITUDE = 10_000;
const TONE_HZ = 400;

/** Frames of 20 ms at 48 kHz of one unbroken tone. */
function toneFrames(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, frame) =>
    bytesFromSamples(
      Int16Array.from({ length: 960 }, (_, index) => {
        const at = frame * 960 + index;
        return Math.round(AMPLITUDE * Math.sin((2 * Math.PI * TONE_HZ * at) / 48_000));
      }),
    ),
  );
}

/** Strength of a tone in samples, 0 to 1 of what a tone of full amplitude has. */
function strength(samples: Int16Array, rateHz: number, hz: number): number {
  let sin = 0;
  let cos = 0;
  for (const [index, sample] of samples.entries()) {
    sin += sample * Math.sin((2 * Math.PI * hz * index) / rateHz);
    cos += sample * Math.cos((2 * Math.PI * hz * index) / rateHz);
  }
  return (2 * Math.hypot(sin, cos)) / samples.length / AMPLITUDE;
}

function joined(parts: readonly Int16Array[]): Int16Array {
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

describe('an audio encoder', () => {
  let resamplers: ResamplerFactory;

  before(async () => {
    resamplers = await loadResampler();
  });

  for (const rateHz of [48_000, 24_000, 16_000, 8000]) {
    test(`gives whole frames of ${rateHz} Hz PCM with the same tone`, () => {
      const encoder = createAudioEncoder({ encoding: 'pcm_s16le', sample_rate: rateHz }, resamplers);
      const frames = toneFrames(20).map((frame) => Int16Array.from(samplesFromBytes(encoder.encode(frame))));
      encoder.close();
      for (const frame of frames) assert.equal(frame.length, rateHz / 50);
      const steady = joined(frames.slice(10));
      assert.ok(strength(steady, rateHz, TONE_HZ) > 0.97);
      assert.ok(strength(steady, rateHz, TONE_HZ * 2) < 0.02);
    });
  }

  test('gives a byte a sample of 8 kHz mu-law', () => {
    const encoder = createAudioEncoder({ encoding: 'mulaw', sample_rate: 8000 }, resamplers);
    const frames = toneFrames(20).map((frame) => decodeMulaw(encoder.encode(frame)));
    encoder.close();
    for (const frame of frames) assert.equal(frame.length, 160);
    assert.ok(strength(joined(frames.slice(10)), 8000, TONE_HZ) > 0.95);
  });

  test('gives an Opus packet a frame that decodes to the tone', () => {
    const encoder = createAudioEncoder({ encoding: 'opus', sample_rate: 48_000 }, resamplers);
    const decoder = new OpusScript(48_000, 1);
    const frames = toneFrames(20).map((frame) => {
      const packet = encoder.encode(frame);
      assert.ok(packet.byteLength < 400, 'it is compressed');
      return Int16Array.from(samplesFromBytes(decoder.decode(Buffer.from(packet))));
    });
    encoder.close();
    encoder.close();
    decoder.delete();
    for (const frame of frames) assert.equal(frame.length, 960);
    assert.ok(strength(joined(frames.slice(10)), 48_000, TONE_HZ) > 0.9);
  });

  test('carries nothing of earlier speech over a reset', () => {
    const encoder = createAudioEncoder({ encoding: 'pcm_s16le', sample_rate: 8000 }, resamplers);
    for (const frame of toneFrames(3)) encoder.encode(frame);
    encoder.reset();
    const silence = samplesFromBytes(encoder.encode(new Uint8Array(1920)));
    assert.ok(silence.every((sample) => sample === 0));
    encoder.close();
  });
});
