import type { SessionSettings } from '@parley/protocol';

/** What a session is told about its user's voice. Positions are ms of microphone audio since the session began. */
export interface EarsListener {
  /** `heardMs` is how much audio had come when this was known. */
  onSpeechStarted(atMs: number, heardMs: number): void;
  /** Speech has lasted long enough to be an interruption. Follows a start, once at most. */
  onSpeechSustained(): void;
  onSpeechStopped(atMs: number): void;
  /** What the user said; only where speech is transcribed. */
  onTranscript(transcript: Transcript): void;
  /** A turn of the user could not be transcribed; `message` may be shown to the client. */
  onTranscriptionFailed(message: string): void;
  /** Recognition falls behind: there are fewer partial transcripts. */
  onPartialsShed(): void;
}

/** What was said in one turn, so far or in all. */
export interface Transcript {
  readonly turnId: string;
  /** Empty when nothing was said. */
  readonly text: string;
  readonly isFinal: boolean;
  /** BCP 47; absent where it is not known. */
  readonly language?: string;
}

/** What came of one piece of microphone audio. */
export type HearResult =
  | { readonly kind: 'ok' }
  /** It cannot be audio of the session's input format; says what would be. */
  | { readonly kind: 'invalid'; readonly problem: string }
  /** It came much faster than real time for too long, and was dropped. */
  | { readonly kind: 'too_fast'; readonly problem: string };

/** One session's microphone and what listens to it. Whoever opens it closes it. */
export interface Ears {
  /** Takes audio in the session's input format; read only during the call. */
  hear(bytes: Uint8Array): HearResult;
  /** Says whether the system itself speaks, which raises what it takes to count as speech. */
  setSystemSpeaks(speaks: boolean): void;
  /** Takes over changed settings. */
  configure(settings: SessionSettings): void;
  /** Frees everything; the listener is told nothing more. Idempotent. */
  close(): void;
}

/** Opens ears; absent where nobody listens. */
export type OpenEars = (settings: SessionSettings, listener: EarsListener) => Ears;
