import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { applySettingsUpdate } from './apply-settings-update.ts';
import { AUDIO_ENCODINGS, INPUT_SAMPLE_RATES_HZ, OUTPUT_SAMPLE_RATES_HZ } from './audio-format.ts';
import type { SessionSettings, SessionSettingsUpdate } from './settings.ts';

const CURRENT: SessionSettings = {
  language: 'en',
  voice: 'amy',
  output: { encoding: 'pcm_s16le', sample_rate: 24_000, container: 'binary' },
  input: { encoding: 'pcm_s16le', sample_rate: 16_000 },
  vad: {
    enabled: true,
    engine: 'hybrid',
    aggressiveness: 2,
    min_speech_duration_ms: 100,
    min_silence_duration_ms: 300,
    speaking_threshold_multiplier: 2,
    min_interruption_ms: 500,
    min_interruption_words: 0,
    false_interruption_timeout_ms: 800,
  },
  responder: { mode: 'llm', instructions: 'Be brief.' },
  playout_lead_ms: 200,
  metadata: { a: '1' },
};
const DEFAULTS = { voice: 'default', responder: { mode: 'none' } } as const;

function apply(update: SessionSettingsUpdate): SessionSettings {
  const result = applySettingsUpdate(CURRENT, update, DEFAULTS);
  assert.equal(result.kind, 'ok');
  return result.settings;
}

test('an empty update changes nothing', () => {
  assert.deepEqual(apply({}), CURRENT);
});

test('groups are merged field by field, and metadata is replaced', () => {
  const settings = apply({ vad: { min_interruption_ms: 0 }, metadata: { b: '2' } });
  assert.deepEqual(settings, {
    ...CURRENT,
    vad: { ...CURRENT.vad, min_interruption_ms: 0 },
    metadata: { b: '2' },
  });
});

test('null goes back to the default, or to none', () => {
  const settings = apply({ voice: null, model_id: null, responder: { instructions: null } });
  assert.equal(settings.voice, 'default');
  assert.ok(!('model_id' in settings));
  assert.deepEqual(settings.responder, { mode: 'llm' });
});

test('an encoding without a rate keeps the rate where it can, and else takes its own', () => {
  assert.equal(apply({ output: { encoding: 'mulaw' } }).output.sample_rate, 8000);
  assert.equal(apply({ output: { encoding: 'opus' } }).output.sample_rate, 48_000);
  assert.equal(apply({ output: { encoding: 'pcm_s16le' } }).output.sample_rate, 24_000);
});

test('a rate that does not go with the encoding in force is refused by name', () => {
  assert.deepEqual(applySettingsUpdate(CURRENT, { output: { sample_rate: 32_000 } }, DEFAULTS), {
    kind: 'invalid',
    problem:
      '"output.sample_rate" must be 48000, 24000, 16000, 8000 for "pcm_s16le", but is the number 32000.',
  });
  const mulaw = { ...CURRENT, input: { encoding: 'mulaw', sample_rate: 8000 } } as const;
  const result = applySettingsUpdate(mulaw, { input: { sample_rate: 16_000 } }, DEFAULTS);
  assert.equal(result.kind, 'invalid');
});

test('speech recognition cannot be set where there is none', () => {
  const result = applySettingsUpdate(CURRENT, { asr: { enabled: true } }, DEFAULTS);
  assert.equal(result.kind, 'invalid');
});

test('whatever is asked for, settings that come out go together', () => {
  const rate = fc.constantFrom(8000, 16_000, 24_000, 32_000, 48_000);
  const format = fc.record(
    { encoding: fc.constantFrom(...AUDIO_ENCODINGS), sample_rate: rate },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(format, format, (output, input) => {
      const result = applySettingsUpdate(CURRENT, { output, input }, DEFAULTS);
      if (result.kind !== 'ok') return;
      const { settings } = result;
      assert.ok(OUTPUT_SAMPLE_RATES_HZ[settings.output.encoding].includes(settings.output.sample_rate));
      assert.ok(INPUT_SAMPLE_RATES_HZ[settings.input.encoding].includes(settings.input.sample_rate));
      if (output.sample_rate !== undefined) assert.equal(settings.output.sample_rate, output.sample_rate);
    }),
  );
});
