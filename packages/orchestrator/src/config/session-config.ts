/** Limits and defaults of one conversation: the `session` section. */
export interface SessionConfig {
  /** Seconds without a message or speech after which a session ends, 0-86,400. Default 300; 0 means never. */
  readonly idle_timeout_seconds: number;
  /** Longest life of a session in seconds, 0-604,800. Default 3600; 0 means without limit. */
  readonly max_session_duration_seconds: number;
  /** Messages a client may send in one session. Default 0, which means unlimited. */
  readonly max_messages_per_session: number;
  /** Characters that may wait to be spoken, at least 1. Default 50,000. */
  readonly max_queued_characters: number;
  /** Utterances that may wait to be spoken, at least 1. Default 100. */
  readonly max_queued_utterances: number;
  /**
   * Milliseconds after the last chunk of an unfinished text (`is_final: false`) until what there is of it is
   * spoken, 0-600,000. Default 1500; 0 means only at the end of the text.
   */
  readonly text_flush_ms: number;
  /**
   * How long a session whose connection dropped waits for its client to come back, in seconds, 0-600.
   * Default 30; 0 means not at all. Only clients of `parley.v1` can come back.
   */
  readonly resume_window_seconds: number;
  /** Language (BCP 47) of a session that names none. Default `en`. */
  readonly default_language: string;
  /** Model id of a session that names none. Unset: the worker's own default. */
  readonly default_model?: string;
  /** Voice of a session that names none. Unset: the model's own default. */
  readonly default_voice?: string;
}

/** How text is cut into segments and what is left out of speech: the `text` section. */
export interface TextConfig {
  /** Leave markdown marks out of speech. Default true. */
  readonly filter_markdown: boolean;
  /** Leave emoji out of speech. Default true. */
  readonly filter_emoji: boolean;
  /** Characters the first segment of an utterance aims at, 1-2,000: short, for early audio. Default 60. */
  readonly first_segment_characters: number;
  /** Characters later segments aim at, 20-5,000, not below the first's. Default 300. */
  readonly segment_characters: number;
}
