import { MAX_TEXT_CHARACTERS, type SessionSettings } from '@parley/protocol';
import { resolveResponderMode, type OrchestratorConfig } from './config/index.ts';
import type { ConversationLimits } from './session/conversation.ts';
import type { SessionOptions } from './session/session-parts.ts';
import { DEFAULT_SEGMENT_LIMITS, isSpeakable, segmentText, spokenText } from './text/index.ts';

const MS_PER_SECOND = 1000;
/** Things said that a session remembers for its responder. */
const HISTORY_ENTRIES = 1000;
/** Speech kept for a client that comes back, beyond its lead. */
const KEPT_BEYOND_LEAD_MS = 2000;

/** What the configuration says about sessions, in the session's own terms. */
export function sessionOptionsOf(
  config: OrchestratorConfig,
  decisions: Pick<SessionOptions, 'refuse' | 'responderFor'>,
): SessionOptions {
  const { session, transport } = config;
  return {
    ...decisions,
    historyLimit: HISTORY_ENTRIES,
    apology: config.responder.apology,
    limitsFor: (settings) => conversationLimits(config, settings),
    queueFrames: transport.websocket.frame_queue_size,
    keptBeyondLeadMs: KEPT_BEYOND_LEAD_MS,
    slowConsumerTimeoutMs: transport.websocket.slow_consumer_timeout_ms,
    idleTimeoutMs: session.idle_timeout_seconds * MS_PER_SECOND,
    maxDurationMs: session.max_session_duration_seconds * MS_PER_SECOND,
    maxMessages: session.max_messages_per_session,
    textFlushMs: session.text_flush_ms,
    resumeWindowMs: session.resume_window_seconds * MS_PER_SECOND,
    told: {
      max_message_bytes: transport.websocket.max_message_bytes,
      max_text_characters: MAX_TEXT_CHARACTERS,
      max_queued_characters: session.max_queued_characters,
      resume_window_seconds: session.resume_window_seconds,
      idle_timeout_seconds: session.idle_timeout_seconds,
      max_session_duration_seconds: session.max_session_duration_seconds,
      max_messages_per_second: transport.websocket.max_messages_per_second,
    },
  };
}

/** Settings of a session whose client has not changed any; `metadata` is what it said when it connected. */
export function sessionSettingsOf(
  config: OrchestratorConfig,
  metadata: Readonly<Record<string, string>>,
): SessionSettings {
  const { asr, responder, session, transport, vad } = config;
  const modelId = metadata['model_id'] ?? session.default_model;
  const voice = metadata['voice'] ?? session.default_voice;
  return {
    language: metadata['language'] ?? session.default_language,
    ...(modelId !== undefined && { model_id: modelId }),
    ...(voice !== undefined && { voice }),
    output: { encoding: 'pcm_s16le', sample_rate: 48_000, container: 'json' },
    input: { encoding: 'pcm_s16le', sample_rate: vad.sample_rate },
    vad: {
      enabled: vad.enabled,
      engine: vad.engine,
      aggressiveness: vad.aggressiveness,
      min_speech_duration_ms: vad.min_speech_duration_ms,
      min_silence_duration_ms: vad.min_silence_duration_ms,
      speaking_threshold_multiplier: vad.speaking_threshold_multiplier,
      min_interruption_ms: vad.min_interruption_ms,
      min_interruption_words: vad.min_interruption_words,
      false_interruption_timeout_ms: vad.false_interruption_timeout_ms,
    },
    ...(asr.enabled === true && {
      asr: { enabled: true, language: asr.language, endpointing_ms: asr.endpointing_ms },
    }),
    responder: {
      mode: resolveResponderMode(config),
      ...(responder.instructions !== undefined && { instructions: responder.instructions }),
    },
    playout_lead_ms: transport.websocket.playout_lead_ms,
    metadata: {},
  };
}

function conversationLimits(config: OrchestratorConfig, settings: SessionSettings): ConversationLimits {
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
    bargeIn: bargeInOf(settings.vad),
    segment: (input) => segmentText({ ...input, limits, locale: settings.language }),
    spoken: (segment) => {
      const spoken = spokenText(segment, filter);
      return isSpeakable(spoken) ? spoken : '';
    },
  };
}

function bargeInOf({
  enabled,
  min_interruption_ms: minMs,
}: SessionSettings['vad']): ConversationLimits['bargeIn'] {
  if (!enabled) return 'off';
  return minMs === 0 ? 'immediate' : 'confirmed';
}
