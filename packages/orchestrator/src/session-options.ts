import type { OrchestratorConfig } from './config/index.ts';
import type { ConversationLimits } from './session/conversation.ts';
import type { SessionOptions } from './session/session.ts';
import { DEFAULT_SEGMENT_LIMITS, isSpeakable, segmentText, spokenText } from './text/index.ts';

const MS_PER_SECOND = 1000;

/** What the configuration says about sessions, in the session's own terms. */
export function sessionOptionsOf(config: OrchestratorConfig): SessionOptions {
  const { session, transport } = config;
  return {
    limitsFor: (language) => conversationLimits(config, language),
    queueFrames: transport.websocket.frame_queue_size,
    slowConsumerTimeoutMs: transport.websocket.slow_consumer_timeout_ms,
    idleTimeoutMs: session.idle_timeout_seconds * MS_PER_SECOND,
    maxDurationMs: session.max_session_duration_seconds * MS_PER_SECOND,
    maxMessages: session.max_messages_per_session,
    textFlushMs: session.text_flush_ms,
    falseInterruptionMs: 800,
    voice: {
      language: session.default_language,
      ...(session.default_model !== undefined && { modelId: session.default_model }),
      ...(session.default_voice !== undefined && { voice: session.default_voice }),
    },
  };
}

function conversationLimits(config: OrchestratorConfig, language: string | undefined): ConversationLimits {
  const { session, text } = config;
  const limits = {
    ...DEFAULT_SEGMENT_LIMITS,
    firstClauseAfter: text.first_segment_characters,
    firstClauseMin: Math.min(DEFAULT_SEGMENT_LIMITS.firstClauseMin, text.first_segment_characters),
    max: text.segment_characters,
  };
  const filter = { markdown: text.filter_markdown, emoji: text.filter_emoji };
  return {
    maxQueuedCharacters: session.max_queued_characters,
    maxQueuedUtterances: session.max_queued_utterances,
    bargeIn: 'off',
    segment: (input) =>
      segmentText({ ...input, limits, ...(language !== undefined && { locale: language }) }),
    spoken: (segment) => {
      const spoken = spokenText(segment, filter);
      return isSpeakable(spoken) ? spoken : '';
    },
  };
}
