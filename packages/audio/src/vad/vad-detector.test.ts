import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesFromSamples } from '../pcm-format.ts';
import { fvadMemoryBytes } from './fvad.ts';
import { voiceLike } from './testing/voice-like.ts';
import { VADDetector, type VADDetectorOptions } from './vad-detector.ts';

function framesOf(samples: Int16Array, size: number): Int16Array[] {
  return Array.from({ length: Math.floor(samples.length / size) }, (_, index) =>
    samples.subarray(index * size, (index + 1) * size),
  );
}

test('a voice is speech, and silence is not', () => {
  using detector = new VADDetector({ aggressiveness: 2, sampleRate: 16_000, frameDurationMs: 20 });
  const silent = framesOf(new Int16Array(16_000), 320).filter((frame) => detector.isSpeech(frame));
  assert.equal(silent.length, 0);
  const frames = framesOf(voiceLike(1000), 320);
  const spoken = frames.filter((frame) => detector.isSpeech(frame));
  assert.ok(spoken.length > frames.length * 0.8, `only ${spoken.length} of ${frames.length}`);
});

test('every rate and every frame length is taken, as bytes and as samples', () => {
  for (const sampleRate of [8000, 16_000, 32_000, 48_000]) {
    for (const frameDurationMs of [10, 20, 30]) {
      using detector = new VADDetector({ sampleRate, frameDurationMs });
      assert.equal(detector.frameBytes, (sampleRate * frameDurationMs * 2) / 1000);
      assert.equal(detector.isSpeech(new Uint8Array(detector.frameBytes)), false);
      assert.equal(detector.isSpeech(new Int16Array(detector.frameBytes / 2)), false);
    }
  }
});

test('bytes at an odd address give the same answers as samples', () => {
  using aligned = new VADDetector();
  using odd = new VADDetector();
  const voice = voiceLike(600);
  const shifted = new Uint8Array(voice.byteLength + 1);
  shifted.set(bytesFromSamples(voice), 1);
  for (const [index, frame] of framesOf(voice, 320).entries()) {
    const bytes = shifted.subarray(1 + index * 640, 1 + (index + 1) * 640);
    assert.equal(odd.isSpeech(bytes), aligned.isSpeech(frame), `frame ${index}`);
  }
});

test('a frame of the wrong size is refused with the size that is right', () => {
  using detector = new VADDetector({ sampleRate: 48_000, frameDurationMs: 10 });
  for (const bytes of [0, 1, 959, 961, 1920]) {
    assert.throws(() => detector.isSpeech(new Uint8Array(bytes)), {
      name: 'RangeError',
      message: `A frame must have 960 bytes (10 ms of s16le mono at 48000 Hz), but this one has ${bytes}.`,
    });
  }
});

test('a wrong option is refused with the values that are right', () => {
  const wrong: [VADDetectorOptions, string][] = [
    [{ aggressiveness: 4 }, 'aggressiveness must be 0, 1, 2 or 3, but is 4.'],
    [{ aggressiveness: 1.5 }, 'aggressiveness must be 0, 1, 2 or 3, but is 1.5.'],
    [{ sampleRate: 44_100 }, 'sampleRate must be 8000, 16000, 32000 or 48000 Hz, but is 44100.'],
    [{ frameDurationMs: 15 }, 'frameDurationMs must be 10, 20 or 30 ms, but is 15.'],
    [{ frameDurationMs: Number.NaN }, 'frameDurationMs must be 10, 20 or 30 ms, but is NaN.'],
  ];
  for (const [options, message] of wrong) {
    assert.throws(() => new VADDetector(options), { name: 'RangeError', message });
  }
});

test('the stream form judges frames of both kinds of source, and hands them back', async () => {
  using detector = new VADDetector();
  using twin = new VADDetector();
  const frames = framesOf(voiceLike(400), 320);
  const expected = frames.map((frame) => ({ frame, isSpeech: twin.isSpeech(frame) }));
  const seen = await Array.fromAsync(detector.stream(frames.slice(0, 10)));
  async function* later(): AsyncGenerator<Int16Array> {
    for (const frame of frames.slice(10)) yield await Promise.resolve(frame);
  }
  seen.push(...(await Array.fromAsync(detector.stream(later()))));
  assert.deepEqual(seen, expected);
});

test('leaving the stream form early ends its source', async () => {
  using detector = new VADDetector();
  let ended = false;
  function* endless(): Generator<Int16Array> {
    try {
      for (;;) yield new Int16Array(320);
    } finally {
      ended = true;
    }
  }
  for await (const { isSpeech } of detector.stream(endless())) {
    assert.equal(isSpeech, false);
    break;
  }
  assert.equal(ended, true);
});

test('a closed detector refuses frames, and closing twice frees nothing twice', () => {
  const detector = new VADDetector();
  detector.close();
  detector.close();
  assert.throws(() => detector.isSpeech(new Uint8Array(640)), /closed/u);
  // A second free of one address would hand it to both of these.
  using first = new VADDetector({ aggressiveness: 3 });
  using second = new VADDetector({ aggressiveness: 3 });
  for (const frame of framesOf(voiceLike(600), 320)) first.isSpeech(frame);
  assert.equal(second.isSpeech(new Int16Array(320)), false);
});

test('20,000 detectors fit at once, and closing them makes room for as many more', () => {
  const detectors = Array.from({ length: 20_000 }, () => new VADDetector());
  const full = fvadMemoryBytes();
  assert.ok(full < 32 * 1024 * 1024, `${full} bytes`);
  assert.ok(detectors.every((detector) => !detector.isSpeech(new Int16Array(320))));
  for (const detector of detectors) detector.close();
  const again = Array.from({ length: 20_000 }, () => new VADDetector());
  assert.equal(fvadMemoryBytes(), full);
  for (const detector of again) detector.close();
});
