import type { IncomingMessage } from 'node:http';
import { CliError } from '../cli-error.ts';

/** What it means that no connection came about, and what can be done. */
export function describeConnectFailure(error: NodeJS.ErrnoException, server: string): CliError {
  const options = { cause: error };
  switch (error.code) {
    case 'ECONNREFUSED':
      return new CliError('UNREACHABLE', `Nothing listens at ${server}.`, {
        ...options,
        advice: 'Start the server with "npm start", or say where it is with --url.',
      });
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new CliError('UNREACHABLE', `The host in ${server} is not known.`, {
        ...options,
        advice: 'Check the name in --url, and the network.',
      });
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return new CliError('UNREACHABLE', `${server} cannot be reached (${error.code}).`, {
        ...options,
        advice: 'Check the address in --url, the network and firewalls.',
      });
    default:
      break;
  }
  if (error.message === 'Opening handshake has timed out') return notAnswering(server);
  if (error.code === 'ECONNRESET' || error.message === 'socket hang up') {
    return new CliError('NOT_PARLEY', `${server} closed the connection before it was a WebSocket.`, {
      ...options,
      advice: 'Is that a Parley server, and is ws:// or wss:// right?',
    });
  }
  if (error.code?.startsWith('HPE_') === true || error.message.startsWith('Invalid ')) {
    return notParley(server, 'does not speak WebSocket', error);
  }
  return new CliError('UNREACHABLE', `No connection to ${server}: ${error.message}.`, options);
}

/** What it means that the server answered the upgrade request with something else. */
export function describeRefusedUpgrade(response: IncomingMessage, body: string, server: string): CliError {
  const status = response.statusCode ?? 0;
  const detail = bodyMessage(body);
  const because = detail === undefined ? '.' : `: ${detail}`;
  switch (status) {
    case 401:
      return new CliError('REFUSED', `${server} wants a key${because}`);
    case 403:
      return new CliError('REFUSED', `${server} does not let this client in${because}`);
    case 429:
    case 503: {
      const seconds = Number(response.headers['retry-after']);
      return new CliError('SERVER_FULL', `${server} takes no more clients just now${because}`, {
        advice: seconds > 0 ? `Try again in ${seconds} s.` : 'Try again in a moment.',
      });
    }
    default:
      return notParley(server, `answered with HTTP ${status}`);
  }
}

/** What it means that the server took the connection and was silent. */
export function notAnswering(server: string): CliError {
  return new CliError('NOT_PARLEY', `${server} took the connection, but does not answer.`, {
    advice: 'Is that a Parley server? It may also hang: look at its logs.',
  });
}

/** What it means that the server answered with something that is no Parley session. */
export function notParley(server: string, what: string, cause?: unknown): CliError {
  return new CliError('NOT_PARLEY', `${server} is not a Parley server: it ${what}.`, {
    cause,
    advice: 'Check the port in --url; "npm start" prints where Parley listens.',
  });
}

/** The message in `{"error":{"code","message"}}`, which is how Parley refuses. */
function bodyMessage(body: string): string | undefined {
  try {
    const message = property(property(JSON.parse(body), 'error'), 'message');
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
