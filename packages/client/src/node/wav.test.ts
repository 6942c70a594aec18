import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { ClientClock } from '../clock.ts';
import { createFakeClientClock } from '../testing/fake-client-clock.ts';
import { parseWav, wavHeader } from './wav-format.ts';
import { createWavMicrophone } from './wav-microphone.ts';
import { openWavRecorder } from './wav-recorder.ts';

function wav(samples: Int16Array, sampleRateHz: number): Uint8Array {
  return Buffer.concat([wavHeader(sampleRateHz, samples.length), new Uint8Array(samples.buffer)]);
}

describe('WAV files', () => {
  test('are read as they were recorded', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-wav-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'a.wav');
    const recorder = openWavRecorder({ path, sampleRateHz: 24_000 });
    recorder.write(Int16Array.from([1, -2]));
    recorder.write(Int16Array.from([32_767, -32_768]));
    const unfinished = parseWav(readFileSync(path));
    assert.equal(unfinished.samples.length, 0, 'a recording without its end has no samples by its header');
    await recorder.close();
    await recorder.close();
    recorder.write(Int16Array.from([5]));
    assert.equal(recorder.sampleCount, 4);
    assert.deepEqual(parseWav(readFileSync(path)), {
      sampleRateHz: 24_000,
      samples: Int16Array.from([1, -2, 32_767, -32_768]),
    });
  });

  test('of several channels are mixed, and other chunks are passed over', () => {
    const stereo = Buffer.from(wav(Int16Array.from([10, 20, -4, -8]), 8000));
    stereo.writeUInt16LE(2, 22);
    const list = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1');
    const withList = Buffer.concat([stereo.subarray(0, 36), list, stereo.subarray(36)]);
    assert.deepEqual(parseWav(withList), { sampleRateHz: 8000, samples: Int16Array.from([15, -6]) });
  });

  test('that are none are refused with what they are', () => {
    const float = Buffer.from(wav(new Int16Array(2), 8000));
    float.writeUInt16LE(3, 20);
    assert.throws(() => parseWav(float), /must have 16-bit PCM samples, but has format 3/);
    assert.throws(() => parseWav(new Uint8Array(5)), /must be a WAV file/);
    assert.throws(() => parseWav(wav(new Int16Array(0), 8000).subarray(0, 36)), /no samples/);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const broken = Buffer.concat([wav(new Int16Array(0), 8000).subarray(0, 16), bytes]);
        try {
          parseWav(broken);
        } catch (error) {
          assert.ok(error instanceof RangeError);
        }
      }),
    );
  });
});

describe('a file as a microphone', () => {
  test('speaks in real time, then is silent, then ends', async () => {
    const clock = createFakeClientClock();
    const samples = Int16Array.from({ length: 800 }, (_, i) => i + 1);
    const microphone = createWavMicrophone({ wav: wav(samples, 16_000), trailingSilenceMs: 40, clock });
    const heard: number[] = [];
    microphone.start((frame) => heard.push(...frame));
    assert.equal(microphone.sampleRateHz, 16_000);
    clock.advance(39);
    assert.deepEqual(heard, [...samples.subarray(0, 320)]);
    clock.advance(10_000);
    await microphone.ended;
    assert.deepEqual(heard.slice(0, 800), [...samples]);
    assert.equal(heard.length, 1280);
    assert.ok(heard.slice(800).every((sample) => sample === 0));
    assert.equal(clock.pending, 0);
  });

  test('catches up after a delay without losing a frame', () => {
    const time = createFakeClientClock();
    let lateMs = 0;
    const clock: ClientClock = {
      nowMs: () => time.nowMs() + lateMs,
      after: (delayMs, callback) => time.after(delayMs, callback),
    };
    const microphone = createWavMicrophone({ wav: wav(new Int16Array(16_000), 16_000), clock });
    let frames = 0;
    microphone.start(() => {
      frames += 1;
    });
    // The timer that was due at 20 ms runs at 500.
    lateMs = 480;
    time.advance(20);
    assert.equal(frames, 25);
  });

  test('of an odd rate is brought to 16 kHz', () => {
    const microphone = createWavMicrophone({ wav: wav(new Int16Array(44_100), 44_100) });
    assert.equal(microphone.sampleRateHz, 16_000);
    assert.throws(() => createWavMicrophone({ wav: wav(new Int16Array(100), 11_025) }), RangeError);
  });

  test('is silent once it is closed', async () => {
    const clock = createFakeClientClock();
    const microphone = createWavMicrophone({ wav: wav(new Int16Array(16_000), 16_000), clock });
    let frames = 0;
    microphone.start(() => {
      frames += 1;
    });
    clock.advance(50);
    await microphone.close();
    clock.advance(5000);
    await microphone.ended;
    assert.equal(frames, 2);
  });
});
