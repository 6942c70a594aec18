import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { SILENCE_DBFS } from '../level.ts';
import { createResampler } from '../resampler.ts';
import { judgeRecording, type VadDecision } from './judge-recording.ts';
import { loadVadEngine } from './load-vad-engine.ts';
import { voiceAmidSilence, voiceLike } from './testing/voice-like.ts';
import { vadEngineNames, vadSampleRatesHz, type VadEngine } from './vad-engine.ts';

// One contract, every engine.

const VOICE_FROM_MS = 512;
const VOICE_MS = 1000;

const conversation = (): Int16Array => voiceAmidSilence(VOICE_FROM_MS, VOICE_MS, 1000);
const nothing = (): void => undefined;

async function atRate(samples: Int16Array, rateHz: number): Promise<Int16Array> {
  const resampler = await createResampler({ fromHz: 16_000, toHz: rateHz });
  try {
    return Int16Array.from([...resampler.process(samples), ...resampler.flush()]);
  } finally {
    resampler.close();
  }
}

function speechMs(decisions: readonly VadDecision[], rateHz: number, fromMs: number, toMs: number): number {
  let samples = 0;
  for (const { probability, startSample, endSample } of decisions) {
    const middleMs = ((startSample + endSample) * 500) / rateHz;
    if (probability >= 0.5 && middleMs >= fromMs && middleMs < toMs) samples += endSample - startSample;
  }
  return (samples * 1000) / rateHz;
}

for (const name of vadEngineNames) {
  suite(`the ${name} engine`, () => {
    let vad: VadEngine;
    before(async () => {
      vad = await loadVadEngine({ engine: name, batchIntervalMs: 0 });
    });
    after(() => vad.close());

    test('finds a voice between silences, at every rate, and tells where it is', async () => {
      for (const sampleRateHz of vadSampleRatesHz) {
        const samples = await atRate(conversation(), sampleRateHz);
        const decisions = await judgeRecording(vad, samples, { sampleRateHz });
        const end = VOICE_FROM_MS + VOICE_MS;
        const found = speechMs(decisions, sampleRateHz, VOICE_FROM_MS, end);
        const before = speechMs(decisions, sampleRateHz, 0, VOICE_FROM_MS - 32);
        const after = speechMs(decisions, sampleRateHz, end + 300, Infinity);
        assert.ok(found > VOICE_MS / 2, `${found} ms of the voice found at ${sampleRateHz} Hz`);
        assert.deepEqual([before, after], [0, 0], `silence called speech at ${sampleRateHz} Hz`);
      }
    });

    test('tells decisions without gap or overlap, with levels, up to the last whole one', async () => {
      const samples = conversation();
      const decidedBefore = vad.stats().decisions;
      const decisions = await judgeRecording(vad, samples, { sampleRateHz: 16_000 });
      let end = 0;
      for (const { startSample, endSample, probability, levelDbfs } of decisions) {
        assert.equal(startSample, end);
        assert.ok(probability >= 0 && probability <= 1);
        assert.ok(levelDbfs >= SILENCE_DBFS && levelDbfs <= 0);
        end = endSample;
      }
      assert.ok(samples.length - end < 512, `${samples.length - end} samples left out`);
      assert.equal(decisions[0]?.levelDbfs, SILENCE_DBFS);
      assert.ok(Math.max(...decisions.map(({ levelDbfs }) => levelDbfs)) > -30);
      assert.equal(vad.stats().decisions - decidedBefore, decisions.length);
    });

    test('decides the same however the audio is cut up', async () => {
      const samples = conversation();
      const expected = await judgeRecording(vad, samples, { sampleRateHz: 16_000 });
      for (const chunkSamples of [7, 511, 1600, 5000]) {
        const seen = await judgeRecording(vad, samples, { sampleRateHz: 16_000, chunkSamples });
        // Windows that share a run with others may differ in the last bits.
        assert.deepEqual(seen.map(rounded), expected.map(rounded), `chunks of ${chunkSamples}`);
      }
    });

    test('keeps streams apart', async () => {
      const samples = conversation();
      const alone = await judgeRecording(vad, samples, { sampleRateHz: 16_000 });
      const silent = new Int16Array(samples.length);
      const [first, quiet, second] = await Promise.all(
        [samples, silent, samples].map((audio) => judgeRecording(vad, audio, { sampleRateHz: 16_000 })),
      );
      assert.deepEqual(first?.map(rounded), alone.map(rounded));
      assert.deepEqual(second?.map(rounded), alone.map(rounded));
      assert.equal(speechMs(quiet ?? [], 16_000, 0, Infinity), 0);
    });

    test('a new stream begins anew, whatever the one before it heard', async () => {
      const samples = conversation();
      const expected = await judgeRecording(vad, samples, { sampleRateHz: 16_000 });
      await judgeRecording(vad, voiceLike(700), { sampleRateHz: 16_000 });
      const seen = await judgeRecording(vad, samples, { sampleRateHz: 16_000 });
      assert.deepEqual(seen.map(rounded), expected.map(rounded));
      assert.equal(vad.stats().streams, 0);
    });

    test('tells nothing after a stream is closed, even from within a decision', async () => {
      let told = 0;
      const stream = vad.createStream({
        sampleRateHz: 16_000,
        onDecision() {
          told += 1;
          stream.close();
        },
      });
      stream.push(new Int16Array(16_000));
      stream.push(new Int16Array(16_000));
      // Streams share one queue: once this is judged, so would the closed one's audio be.
      await judgeRecording(vad, voiceLike(500), { sampleRateHz: 16_000 });
      assert.equal(told, 1);
      stream.close();
    });

    test('refuses a rate it cannot take, and streams once it is closed', async () => {
      assert.throws(() => vad.createStream({ sampleRateHz: 44_100, onDecision: nothing }), {
        name: 'RangeError',
        message: 'sampleRate must be 8000, 16000, 32000 or 48000 Hz, but is 44100.',
      });
      const other = await loadVadEngine({ engine: name });
      const stream = other.createStream({ sampleRateHz: 16_000, onDecision: nothing });
      await other.close();
      await other.close();
      stream.push(new Int16Array(16_000));
      assert.equal(other.stats().streams, 0);
      assert.throws(() => other.createStream({ sampleRateHz: 16_000, onDecision: nothing }), {
        code: 'CLOSED',
      });
    });
  });
}

function rounded({ probability, ...rest }: VadDecision): VadDecision {
  return { ...rest, probability: Math.round(probability * 100) / 100 };
}
