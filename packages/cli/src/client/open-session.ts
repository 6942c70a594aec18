import {
  connect,
  ParleyClientError,
  type AudioSink,
  type ParleySession,
  type ReconnectPolicy,
  type SessionEnd,
  type SessionSettingsUpdate,
} from '@parley/client';
import { CLOSE_CODES } from '@parley/protocol';
import { notAnswering, notParley } from './connect-failure.ts';
import { type ConnectionEnd, describeConnectionEnd } from './connection-end.ts';
import { serverName } from './session-url.ts';
import { SocketOpener } from './socket-opener.ts';

/** Options of {@link openSession}. */
export interface OpenSessionOptions {
  /** As from `sessionUrl`. */
  readonly url: URL;
  readonly settings?: SessionSettingsUpdate;
  /** Where speech is played, in real time; without one it only comes as events. */
  readonly sink?: AudioSink;
  /** Longest wait for the connection and its `session_start`. Default 10,000. */
  readonly timeoutMs?: number;
  /** How a lost connection is sought again. Default: five times within a few seconds. */
  readonly reconnect?: Partial<ReconnectPolicy>;
  /** Gives up connecting, or ends the session. */
  readonly signal?: AbortSignal;
  /** Called once, at the very end, whoever ended the session; also when its conversation cannot go on. */
  readonly onEnd: (end: ConnectionEnd) => void;
}

/** One session with a server. Who opens it closes it. */
export interface OpenedSession {
  readonly session: ParleySession;
  /** The server, for messages to people. */
  readonly server: string;
  /** Leaves. Resolves when the connection is gone; idempotent. */
  close(): Promise<void>;
}

/** A terminal is watched: nobody waits there for as long as the SDK would. */
const RECONNECT: ReconnectPolicy = { maxAttempts: 5, firstDelayMs: 250, maxDelayMs: 2000 };

/**
 * Opens a session; resolves when the server has started it.
 *
 * @throws CliError that says why there is none: `UNREACHABLE`, `NOT_PARLEY`, `REFUSED`, `SERVER_FULL`, ...; or
 *   ParleyClientError `ABORTED` by the signal
 */
export async function openSession(options: OpenSessionOptions): Promise<OpenedSession> {
  const { url, settings, sink, signal, timeoutMs = 10_000, onEnd } = options;
  const server = serverName(url);
  const sockets = new SocketOpener(server, timeoutMs);
  let session: ParleySession;
  try {
    session = await connect({
      url,
      openWebSocket: (target, protocol) => sockets.open(target, protocol),
      connectTimeoutMs: timeoutMs,
      reconnect: { ...RECONNECT, ...options.reconnect },
      ...(settings !== undefined && { settings }),
      ...(sink !== undefined && { sink }),
      ...(signal !== undefined && { signal }),
    });
  } catch (error) {
    throw describeFailure(error, sockets, server);
  }
  let isOver = false;
  const end = (how: ConnectionEnd): void => {
    if (isOver) return;
    isOver = true;
    onEnd(how);
  };
  session.on('connection', (state) => {
    // Another server may be there soon, but not this conversation.
    if (state.kind === 'waiting' && sockets.lastClose?.code === CLOSE_CODES.SERVICE_RESTART) {
      end({ kind: 'session_ended', reason: 'server_shutdown' });
    }
  });
  session.on('replaced', () => end({ kind: 'lost' }));
  session.on('end', (how) => end(endOf(how, sockets)));
  return {
    session,
    server,
    close: async () => {
      isOver ||= session.connection.kind !== 'closed';
      await session.close();
    },
  };
}

function endOf(end: SessionEnd, { lastClose }: SocketOpener): ConnectionEnd {
  switch (end.kind) {
    case 'closed':
      return end;
    case 'ended':
      return { kind: 'session_ended', reason: end.reason };
    case 'failed':
      if (lastClose === undefined || lastClose.code === ABNORMAL_CLOSURE) return { kind: 'lost' };
      return { kind: 'server_closed', ...lastClose };
    default:
      return end satisfies never;
  }
}

const ABNORMAL_CLOSURE = 1006;

function describeFailure(error: unknown, { failure, lastClose }: SocketOpener, server: string): unknown {
  if (!(error instanceof ParleyClientError)) return error;
  const { code, message } = error;
  if (code === 'ABORTED') return error;
  // Giving up is itself a failure of the socket, and not the one to tell of.
  if (code === 'TIMEOUT') return notAnswering(server);
  if (failure !== undefined) return failure;
  if (code === 'NOT_PARLEY') return notParley(server, 'does not speak parley.v1', error);
  if (code === 'CONNECT_FAILED' && (lastClose === undefined || lastClose.code === ABNORMAL_CLOSURE)) {
    return notParley(server, 'sent no session_start', error);
  }
  const close = lastClose ?? { code: ABNORMAL_CLOSURE, reason: '' };
  const why = code === 'CONNECT_FAILED' ? undefined : message;
  // An `error` instead of `session_start`: the server took the connection only to say no.
  return describeConnectionEnd({ kind: 'server_closed', ...close }, server, why);
}
