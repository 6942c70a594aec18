import type { ErrorCode } from './error-table.ts';

/** Why a session ended. */
export const SESSION_END_REASONS = [
  'completed',
  'client_disconnect',
  'idle_timeout',
  'max_duration',
  'server_shutdown',
  'error',
] as const;

/** One of {@link SESSION_END_REASONS}. */
export type SessionEndReason = (typeof SESSION_END_REASONS)[number];

/** State of a session, as told to clients that asked for it. */
export const SESSION_STATE_NAMES = ['INITIALIZING', 'LISTENING', 'SPEAKING', 'BARGED_IN', 'CLOSED'] as const;

/** One of {@link SESSION_STATE_NAMES}. */
export type SessionStateName = (typeof SESSION_STATE_NAMES)[number];

/** How an utterance ended: said in full, cut off by the user's voice, by STOP, or by a failure. */
export const UTTERANCE_END_REASONS = ['completed', 'interrupted', 'stopped', 'failed'] as const;

/** One of {@link UTTERANCE_END_REASONS}. */
export type UtteranceEndReason = (typeof UTTERANCE_END_REASONS)[number];

/** The first message of every session. */
export interface SessionStartMessage {
  readonly type: 'session_start';
  /** A UUID. */
  readonly session_id: string;
}

/** One frame of speech. */
export interface AudioMessage {
  readonly type: 'audio';
  /** Base64 of s16le mono samples; 1920 bytes before encoding, for 20 ms at 48 kHz. */
  readonly pcm: string;
  /** In Hz; 48000 in the base dialect. */
  readonly sample_rate: number;
  /** 20 in the base dialect. */
  readonly frame_ms: number;
  /** From 1, rising by 1 for the whole session. */
  readonly sequence: number;
}

/** The last message of a session; the socket closes after it. */
export interface SessionEndMessage {
  readonly type: 'session_end';
  readonly session_id: string;
  readonly reason: SessionEndReason;
}

/** Something went wrong; whether the session goes on is said in the table of errors. */
export interface ErrorMessage {
  readonly type: 'error';
  /** For people: what was wrong, where, and what would be right. */
  readonly message: string;
  readonly code: ErrorCode;
}

/** The session changed its state; only for clients that subscribed to `state`. */
export interface StateMessage {
  readonly type: 'state';
  readonly state: SessionStateName;
}

/** An utterance begins to be heard; only for clients that subscribed to `utterance_start`. */
export interface UtteranceStartMessage {
  readonly type: 'utterance_start';
  readonly utterance_id: string;
  /** u32, raised by every interruption. */
  readonly generation: number;
}

/** An utterance is over; only for clients that subscribed to `utterance_end`. */
export interface UtteranceEndMessage {
  readonly type: 'utterance_end';
  readonly utterance_id: string;
  readonly reason: UtteranceEndReason;
}

/** Everything a server of the base dialect can send. */
export type ServerMessage =
  | SessionStartMessage
  | AudioMessage
  | SessionEndMessage
  | ErrorMessage
  | StateMessage
  | UtteranceStartMessage
  | UtteranceEndMessage;
