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
