import type { UtteranceEndReason } from '@parley/protocol/client';
import { ParleyClientError } from '../client-error.ts';
import type { SessionEnd } from './connection-state.ts';

/** The end of a session as the error of whatever it cut off. */
export function endError(end: SessionEnd): ParleyClientError {
  switch (end.kind) {
    case 'failed':
      return end.error;
    case 'closed':
      return new ParleyClientError('SESSION_CLOSED', 'The session was closed.');
    case 'ended':
      return new ParleyClientError('SESSION_CLOSED', `The session ended: ${end.reason}.`);
    default:
      return end satisfies never;
  }
}

/** Why a stream cannot go on whose utterance is over. */
export function utteranceError(reason: UtteranceEndReason): ParleyClientError {
  return new ParleyClientError('ABORTED', `The utterance ended as ${reason}.`);
}

/** Why a session ends whose signal was aborted. */
export function abortError(signal: AbortSignal | undefined): ParleyClientError {
  return new ParleyClientError('ABORTED', 'The connection was given up.', { cause: signal?.reason });
}
