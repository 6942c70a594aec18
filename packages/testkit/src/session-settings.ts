import type { SessionSettings } from '@parley/protocol';

/** Settings of a session whose client has changed none. */
export const SESSION_SETTINGS: SessionSettings = {
  language: 'en',
  output: { encoding: 'pcm_s16le', sample_rate: 48_000, container: 'binary' },
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
  responder: { mode: 'none' },
  playout_lead_ms: 200,
  metadata: {},
};
