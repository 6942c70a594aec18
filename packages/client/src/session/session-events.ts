import type {
  SessionSettings,
  SessionStateName,
  SpeechStartedMessage,
  SpeechStoppedMessage,
  TranscriptMessage,
  UtteranceEndMessageV1,
  UtteranceStartMessage,
  WarningMessage,
} from '@parley/protocol/client';
import type { PlaybackPosition, SpeechFrame } from '../audio-sink.ts';
import type { ParleyClientError } from '../client-error.ts';
import type { ConnectionState, SessionEnd } from './connection-state.ts';

/** The server had lost the session, so another one took its place, with the same settings. */
export interface SessionReplaced {
  readonly previousId: string;
  readonly id: string;
  /** Messages of which nobody knows whether the former session processed them; they were not sent again. */
  readonly unconfirmedMessages: number;
}

/** The events of a session, by name. */
export interface SessionEvents {
  /** The connection was opened, lost, found again or closed. */
  readonly connection: ConnectionState;
  /** The conversation changed its state. */
  readonly state: SessionStateName;
  /** Settings in force changed. */
  readonly settings: SessionSettings;
  /** The user began to speak. */
  readonly speechStarted: SpeechStartedMessage;
  /** The user stopped speaking. */
  readonly speechStopped: SpeechStoppedMessage;
  /** What the user said, so far or finally. */
  readonly transcript: TranscriptMessage;
  readonly utteranceStart: UtteranceStartMessage;
  readonly utteranceEnd: UtteranceEndMessageV1;
  /** Speech that is about to be played: each sample once, in order, nothing that was cleared. */
  readonly audio: SpeechFrame;
  /** Playback is held (true) or goes on (false), by the server. */
  readonly held: boolean;
  /**
   * What was waiting has been dropped; the position is where the sink had come to. For a `stop()` it is told
   * twice: at once, and when the server has dropped its part.
   */
  readonly cleared: PlaybackPosition;
  /** Progress of playback, as reported by the sink. */
  readonly played: PlaybackPosition;
  readonly warning: WarningMessage;
  /** Something failed; unless the connection is closed, the session goes on. */
  readonly error: ParleyClientError;
  readonly replaced: SessionReplaced;
  /** Once, at the very end. */
  readonly end: SessionEnd;
}
