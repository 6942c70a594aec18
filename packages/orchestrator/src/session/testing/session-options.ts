import type { SessionSettings } from '@parley/protocol';
import type { SessionOptions } from '../session-parts.ts';

/** Options of sessions that nothing answers; a segment is a whole utterance. */
export const SESSION_OPTIONS: SessionOptions = {
  limitsFor: () => ({
    maxQueuedCharacters: 1000,
    maxQueuedUtterances: 10,
    bargeIn: 'confirmed',
    segment: ({ buffer, isFinal, flush }) =>
      isFinal || flush ? { segments: [buffer], rest: '' } : { segments: [], rest: buffer },
    spoken: (segment) => segment.trim(),
  }),
  queueFrames: 20,
  slowConsumerTimeoutMs: 5000,
  idleTimeoutMs: 300_000,
  maxDurationMs: 3_600_000,
  maxMessages: 0,
  textFlushMs: 1500,
  keptBeyondLeadMs: 340,
  resumeWindowMs: 30_000,
  refuse: () => undefined,
  responderFor: () => undefined,
  historyLimit: 20,
  apology: '',
  told: {
    max_message_bytes: 65_536,
    max_text_characters: 10_000,
    max_queued_characters: 1000,
    resume_window_seconds: 30,
  },
};

/** Settings of a session that speaks and listens. */
export const SESSION_SETTINGS: SessionSettings = {
  language: 'en',
  output: { encoding: 'pcm_s16le', sample_rate: 48_000, container: 'binary' },
  input: { encoding: 'pcm_s16le', sample_rate: 16_000 },
  vad: {
    enabled: true,
    engine: 'webrtc',
    aggressiveness: 2,
    min_speech_duration_ms: 100,
    min_silence_duration_ms: 300,
    speaking_threshold_multiplier: 2,
    min_interruption_ms: 500,
    min_interruption_words: 0,
    false_interruption_timeout_ms: 800,
  },
  responder: { mode: 'none' },
  playout_lead_ms: 60,
  metadata: {},
};
