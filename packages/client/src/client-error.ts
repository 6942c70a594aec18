import type { ErrorCode } from '@parley/protocol/client';

/** What can go wrong on this side, besides the codes that a server sends. */
export type ClientErrorCode =
  | ErrorCode
  /** No connection could be opened. */
  | 'CONNECT_FAILED'
  /** The server did not answer in time. */
  | 'TIMEOUT'
  /** The other side does not speak `parley.v1`. */
  | 'NOT_PARLEY'
  /** The connection was lost, and every attempt to get it back failed. */
  | 'CONNECTION_LOST'
  /** Too much was sent that the server has not confirmed. */
  | 'OUTBOX_FULL'
  /** The session is over. */
  | 'SESSION_CLOSED'
  /** The server no longer knew the session; what belonged to it cannot go on in the new one. */
  | 'SESSION_LOST'
  /** An argument is not what it must be. */
  | 'INVALID_ARGUMENT'
  /** Speech could not be decoded or played. */
  | 'PLAYBACK_FAILED'
  /** There is no microphone, or it may not be used. */
  | 'MICROPHONE_FAILED'
  /** The caller's signal was aborted. */
  | 'ABORTED';

/** An error of this library, or one that the server reported. */
export class ParleyClientError extends Error {
  override readonly name: string = 'ParleyClientError';
  readonly code: ClientErrorCode;

  /** @param message what was wrong and what would be right */
  constructor(code: ClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
