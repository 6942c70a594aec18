import type { InputFormat, OutputFormat } from './audio-format.ts';

/** Engines that can tell speech from other sound. */
export const VAD_ENGINE_NAMES = ['webrtc', 'silero', 'hybrid'] as const;

/** One of {@link VAD_ENGINE_NAMES}. */
export type VadEngineName = (typeof VAD_ENGINE_NAMES)[number];

/** What answers a transcript: nothing, the transcript itself, or a language model. */
export const RESPONDER_MODES = ['none', 'echo', 'llm'] as const;

/** One of {@link RESPONDER_MODES}. */
export type ResponderMode = (typeof RESPONDER_MODES)[number];

/** When the user counts as speaking, and when as interrupting. */
export interface VadSettings {
  /** Whether microphone audio is watched for speech at all. */
  readonly enabled: boolean;
  readonly engine: VadEngineName;
  /** How readily sound is called noise, 0 (rarely) to 3 (readily). */
  readonly aggressiveness: number;
  /** Speech needed before it counts as begun, in ms. */
  readonly min_speech_duration_ms: number;
  /** Silence needed before speech counts as ended, in ms. */
  readonly min_silence_duration_ms: number;
  /** Factor on the start threshold while the system itself speaks, 1 to 10. */
  readonly speaking_threshold_multiplier: number;
  /** Speech needed before an interruption is final, in ms; 0 means at once. */
  readonly min_interruption_ms: number;
  /** Words of a transcript that make an interruption final sooner; 0 means that words do not count. */
  readonly min_interruption_words: number;
  /** Silence after which an interruption was a false alarm and speech goes on, in ms. */
  readonly false_interruption_timeout_ms: number;
}

/** Whether and how the user's speech is transcribed. */
export interface AsrSettings {
  readonly enabled: boolean;
  /** BCP 47, or `auto` to detect it. */
  readonly language: string;
  /** Silence after which the user's turn is over, in ms. */
  readonly endpointing_ms: number;
}

/** What answers the user. */
export interface ResponderSettings {
  readonly mode: ResponderMode;
  /** What a language model is told before the conversation. */
  readonly instructions?: string;
}

/** Anything the client wants to be kept with its session: at most 32 strings. */
export type SessionMetadata = Readonly<Record<string, string>>;

/** All settings of a session, with every default filled in. */
export interface SessionSettings {
  /** Language of the text to speak, BCP 47. */
  readonly language: string;
  /** Absent: the model's own default. */
  readonly voice?: string;
  /** Absent: the worker's own default. */
  readonly model_id?: string;
  readonly output: OutputFormat;
  readonly input: InputFormat;
  readonly vad: VadSettings;
  /** Absent where the server does not transcribe. */
  readonly asr?: AsrSettings;
  readonly responder: ResponderSettings;
  /** How far ahead of real time speech is sent, in ms. */
  readonly playout_lead_ms: number;
  readonly metadata: SessionMetadata;
}

/**
 * A change of settings: any subset. Groups are merged field by field, `metadata` is replaced whole, and
 * `null` takes `voice`, `model_id` and `responder.instructions` back to the server's default.
 */
export interface SessionSettingsUpdate {
  readonly language?: string;
  readonly voice?: string | null;
  readonly model_id?: string | null;
  readonly output?: Partial<OutputFormat>;
  readonly input?: Partial<InputFormat>;
  readonly vad?: Partial<VadSettings>;
  readonly asr?: Partial<AsrSettings>;
  readonly responder?: { readonly mode?: ResponderMode; readonly instructions?: string | null };
  readonly playout_lead_ms?: number;
  readonly metadata?: SessionMetadata;
}
