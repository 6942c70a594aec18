/** What answers a transcript; `auto` is `echo` when speech is transcribed, otherwise `none`. */
export type ResponderModeConfig = 'auto' | 'none' | 'echo' | 'llm';

/** Answering transcripts: the `responder` section. */
export interface ResponderConfig {
  /** What answers unless a session chooses otherwise. Default `none`. */
  readonly mode: ResponderModeConfig;
  /** What a language model is told before the conversation. Unset: nothing. */
  readonly instructions?: string;
  /** What is spoken when no answer could be made. Default one English sentence; empty means nothing. */
  readonly apology: string;
  readonly llm: LlmConfig;
}

/** The language model of the mode `llm`: the `responder.llm` section. */
export interface LlmConfig {
  /** Base address of a server with OpenAI's API, such as `http://localhost:11434/v1`. Needed by the mode `llm`. */
  readonly url?: string;
  /** Name of the model, as the server calls it. Needed by the mode `llm`. */
  readonly model?: string;
  /** Sent as a bearer token. Unset: none is sent. */
  readonly api_key?: string;
  /** Earlier entries of the conversation that are sent, 0-1,000. Default 20; 0 means none. */
  readonly history_limit: number;
  /** Most tokens of an answer, 1-100,000. Unset: the server's own limit. */
  readonly max_tokens?: number;
  /** How freely it answers, 0-2. Unset: the server's own. */
  readonly temperature?: number;
  /** Longest wait for the first token of a try, in ms, 100-600,000. Default 10,000. */
  readonly first_token_timeout_ms: number;
  /** Longest wait between two tokens, in ms, 100-600,000. Default 5,000. */
  readonly token_gap_timeout_ms: number;
  /** Tries after the first, as long as no token has come, 0-10. Default 1. */
  readonly retries: number;
}
