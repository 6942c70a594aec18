import type { AudioInMessage, ControlMessage, SubscribeMessage, TextMessage } from '../client-messages.ts';
import type { SessionSettingsUpdate } from './settings.ts';

/** Most characters of an `utterance_id` that a client chooses. */
const MAX_UTTERANCE_ID_CHARACTERS = 64;

/** What the server's own names for utterances begin with; a client's may not. */
export const SERVER_UTTERANCE_PREFIX: string = 'parley-';

/** What a client may name an utterance, for messages that say so. */
export const UTTERANCE_ID_RULE: string = `1 to ${MAX_UTTERANCE_ID_CHARACTERS} printable ASCII characters that do not begin with "${SERVER_UTTERANCE_PREFIX}"`;

/** Whether a client may name an utterance so. */
export function isUtteranceId(utteranceId: string): boolean {
  const isShort = utteranceId.length <= MAX_UTTERANCE_ID_CHARACTERS;
  return isShort && /^[!-~]+$/.test(utteranceId) && !utteranceId.startsWith(SERVER_UTTERANCE_PREFIX);
}

/** Text to speak, as in the base dialect; chunks of one utterance may carry the client's id for it. */
export interface TextMessageV1 extends TextMessage {
  /**
   * Unique in the session, 1 to 64 characters, not beginning with `parley-`; the same in every chunk of the utterance. Chunks of an
   * utterance that has ended are ignored.
   */
  readonly utterance_id?: string;
}

/** Changes settings; answered by `session_updated`, or by an `error` when nothing was changed. */
export interface SessionUpdateMessage extends SessionSettingsUpdate {
  readonly type: 'session_update';
}

/** How far the client has really played, about every 200 ms while it plays. */
export interface PlayedMessage {
  readonly type: 'played';
  /** Generation of the audio that is playing, u32. */
  readonly generation: number;
  /** Position on the session's sample axis up to which everything was played. */
  readonly samples: number;
}

/** The client has dropped what it had buffered; answers `clear`. */
export interface ClearedMessage {
  readonly type: 'cleared';
  /** Generation of the audio that was playing, u32. */
  readonly generation: number;
  /** Position on the session's sample axis up to which everything was played. */
  readonly samples: number;
}

/** Answered by `pong` with the same `t`. */
export interface PingMessage {
  readonly type: 'ping';
  /** Any number; in practice the client's clock in ms. */
  readonly t: number;
}

/** Ends the session as `completed`. */
export interface EndSessionMessage {
  readonly type: 'end_session';
}

/** Everything a client of `parley.v1` can send as text. */
export type ClientMessageV1 =
  | TextMessageV1
  | ControlMessage
  | AudioInMessage
  | SubscribeMessage
  | SessionUpdateMessage
  | PlayedMessage
  | ClearedMessage
  | PingMessage
  | EndSessionMessage;
