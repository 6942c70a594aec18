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
