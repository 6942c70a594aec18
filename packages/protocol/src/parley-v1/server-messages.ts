import type {
  AudioMessage,
  ErrorMessage,
  SessionEndMessage,
  SessionStartMessage,
  StateMessage,
  UtteranceEndMessage,
  UtteranceStartMessage,
} from '../server-messages.ts';
import type { SessionSettings } from './settings.ts';
import type { PARLEY_V1 } from './subprotocol.ts';

/** What a session allows. */
export interface SessionLimits {
  /** Largest message a client may send, in bytes. */
  readonly max_message_bytes: number;
  /** Most characters of one `text`. */
  readonly max_text_characters: number;
  /** Characters that may wait to be spoken. */
  readonly max_queued_characters: number;
  /** How long a session without a connection can be resumed; 0 means that it cannot. */
  readonly resume_window_seconds: number;
  /** Seconds without a message or speech after which a session ends; 0 or absent means never. */
  readonly idle_timeout_seconds?: number;
  /** Longest life of a session in seconds; 0 or absent means without limit. */
  readonly max_session_duration_seconds?: number;
  /** Messages a second; 0 or absent means without limit. */
  readonly max_messages_per_second?: number;
}

/** The first message of every connection. */
export interface SessionStartMessageV1 extends SessionStartMessage {
  readonly protocol: typeof PARLEY_V1;
  /** Lets the next connection have this session; good for one use. */
  readonly resume_token: string;
  /** Whether this connection took up a session that existed before. */
  readonly resumed: boolean;
  readonly settings: SessionSettings;
  readonly limits: SessionLimits;
  /** Text messages of the client that this session has processed: 0 at first. */
  readonly client_messages: number;
}

/** All settings after a change. */
export interface SessionUpdatedMessage {
  readonly type: 'session_updated';
  readonly settings: SessionSettings;
}

/** One frame of speech where the container is `json`. */
export interface AudioMessageV1 extends AudioMessage {
  /** u32. */
  readonly generation: number;
  /** Samples sent before this frame in the whole session, each at the output rate of then. */
  readonly sample_offset: number;
}

/** The user began to speak. */
export interface SpeechStartedMessage {
  readonly type: 'speech_started';
  /** Position in the microphone audio of this session, in ms. */
  readonly at_ms: number;
  /** How much microphone audio had come when this was decided, in ms; absent with older servers. */
  readonly decided_at_ms?: number;
}

/** The user stopped speaking. */
export interface SpeechStoppedMessage {
  readonly type: 'speech_stopped';
  /** Position in the microphone audio of this session, in ms. */
  readonly at_ms: number;
}

/** What the user said. */
export interface TranscriptMessage {
  readonly type: 'transcript';
  readonly turn_id: string;
  /** All of the turn so far: a later transcript replaces an earlier one of the same turn. */
  readonly text: string;
  readonly is_final: boolean;
  /** The language that was spoken, such as `en`, as told or as heard; absent where it is not known. */
  readonly language?: string;
}

/** An utterance is over. */
export interface UtteranceEndMessageV1 extends UtteranceEndMessage {
  /** How much of it the client has played, in ms. */
  readonly heard_ms: number;
  /** The part of its text that was heard. */
  readonly heard_text: string;
}

/** Hold playback and keep the buffer. */
export interface PauseMessage {
  readonly type: 'pause';
  /** u32. */
  readonly generation: number;
}

/** Go on with the very next sample. */
export interface ResumeMessage {
  readonly type: 'resume';
  /** u32. */
  readonly generation: number;
}

/** Drop everything of this generation and of older ones, also what is still to arrive; answer `cleared`. */
export interface ClearMessage {
  readonly type: 'clear';
  /** u32. */
  readonly generation: number;
}

/** Something the client should know that does not stop anything. */
export interface WarningMessage {
  readonly type: 'warning';
  readonly code: string;
  readonly message: string;
}

/** Answers `ping`. */
export interface PongMessage {
  readonly type: 'pong';
  /** As in the `ping`. */
  readonly t: number;
}

/** Everything a server of `parley.v1` can send as text. */
export type ServerMessageV1 =
  | SessionStartMessageV1
  | SessionUpdatedMessage
  | AudioMessageV1
  | SessionEndMessage
  | ErrorMessage
  | StateMessage
  | SpeechStartedMessage
  | SpeechStoppedMessage
  | TranscriptMessage
  | UtteranceStartMessage
  | UtteranceEndMessageV1
  | PauseMessage
  | ResumeMessage
  | ClearMessage
  | WarningMessage
  | PongMessage;
