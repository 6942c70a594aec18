import { CLOSE_CODES, type SessionEndReason } from '@parley/protocol';
import { CliError } from '../cli-error.ts';

/** How the connection of a session ended. */
export type ConnectionEnd =
  /** We closed it. */
  | { readonly kind: 'closed' }
  /** The server ended the session and said why. */
  | { readonly kind: 'session_ended'; readonly reason: SessionEndReason }
  /** The server closed without `session_end`. */
  | { readonly kind: 'server_closed'; readonly code: number; readonly reason: string }
  /** The connection broke, or nothing came over it any more. */
  | { readonly kind: 'lost' };

/**
 * What an end that the user did not ask for means, and what can be done.
 *
 * @param server as from `serverName`
 * @param lastError text of the last `error` message of the server, which often says why
 */
export function describeConnectionEnd(end: ConnectionEnd, server: string, lastError?: string): CliError {
  switch (end.kind) {
    case 'session_ended':
      return describeSessionEnd(end.reason, server, lastError);
    case 'server_closed':
      return describeClose(end.code, lastError ?? end.reason, server);
    case 'lost':
      return new CliError('CONNECTION_LOST', `The connection to ${server} was lost.`, {
        advice: 'The server was killed, or the network between is gone. Try again.',
      });
    case 'closed':
      return new CliError('CONNECTION_LOST', `The connection to ${server} was closed.`);
    default:
      return end satisfies never;
  }
}

function describeSessionEnd(reason: SessionEndReason, server: string, lastError?: string): CliError {
  switch (reason) {
    case 'server_shutdown':
      return ended(`${server} is shutting down.`, 'Try again when it is back.');
    case 'idle_timeout':
      return ended(
        'The server ended the session: nothing was said for too long.',
        'The limit is session.idle_timeout_seconds in its configuration.',
      );
    case 'max_duration':
      return ended(
        'The server ended the session: it lasted too long.',
        'The limit is session.max_session_duration_seconds in its configuration.',
      );
    case 'error':
      return ended(`The server ended the session after an error${lastError ? `: ${lastError}` : '.'}`);
    case 'completed':
    case 'client_disconnect':
      return ended(`The server ended the session${lastError ? `: ${lastError}` : '.'}`);
    default:
      return reason satisfies never;
  }
}

function ended(message: string, advice?: string): CliError {
  return new CliError('SESSION_ENDED', message, advice === undefined ? {} : { advice });
}

function describeClose(code: number, why: string, server: string): CliError {
  const because = why === '' ? '.' : `: ${why}`;
  switch (code) {
    case CLOSE_CODES.SERVICE_RESTART:
      return new CliError('SESSION_ENDED', `${server} is shutting down${because}`, {
        advice: 'Try again when it is back.',
      });
    case CLOSE_CODES.TRY_AGAIN_LATER:
      return new CliError('SERVER_FULL', `${server} has too much to do${because}`, {
        advice: 'Try again in a moment.',
      });
    case CLOSE_CODES.POLICY_VIOLATION:
      return new CliError('REFUSED', `${server} refused to go on${because}`);
    case CLOSE_CODES.MESSAGE_TOO_BIG:
      return new CliError('REFUSED', `A message was too large for ${server}${because}`, {
        advice: 'The limit is transport.websocket.max_message_bytes in its configuration.',
      });
    default:
      return new CliError('CONNECTION_LOST', `${server} closed the connection with code ${code}${because}`);
  }
}
