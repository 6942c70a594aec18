import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { decodeClientMessageV1, encodeServerMessageV1, PARLEY_V1, readResumeQuery } from '@parley/protocol';
import { SESSION_SETTINGS } from '@parley/testkit';
import { WebSocketServer, type WebSocket } from 'ws';
import { TestSession } from './test-session.ts';

/** Options of {@link startTestServer}. */
export interface TestServerOptions {
  /** Called for each new session, before its first message is sent. */
  readonly onSession?: (session: TestSession) => void;
  /** Dialect it speaks. Default `parley.v1`. */
  readonly subprotocol?: string;
  /** What happens to a connection. Default `start`. */
  readonly behaviour?: () => 'start' | 'silence' | 'no_room';
}

/** A server of `parley.v1` without workers, voices or ears: it does what a test tells it. */
export interface TestServer {
  /** `ws://127.0.0.1:port/` */
  readonly url: string;
  /** Every session, oldest first. */
  readonly sessions: readonly TestSession[];
  /** Connections accepted so far. */
  readonly connections: number;
  /** The newest session. Throws when there is none. */
  readonly session: TestSession;
  /** Forgets every session, as a server that was restarted has. */
  forget(): void;
  close(): Promise<void>;
}

/** Starts one on a free port of this machine. Who starts it closes it. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { subprotocol = PARLEY_V1 } = options;
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  const sessions: TestSession[] = [];
  let known = new Map<string, TestSession>();
  let connections = 0;

  const accept = (socket: WebSocket, request: IncomingMessage): void => {
    connections += 1;
    const behaviour = options.behaviour?.() ?? 'start';
    if (behaviour === 'silence') return;
    if (behaviour === 'no_room') {
      refuse(socket, 'TOO_MANY_CONNECTIONS', 1013);
      return;
    }
    const query = readResumeQuery(new URL(request.url ?? '/', 'ws://localhost').searchParams);
    let session: TestSession | undefined;
    if (query.kind === 'resume') {
      session = [...known.values()].find(({ token }) => token === query.request.token);
      if (session === undefined) {
        refuse(socket, 'RESUME_FAILED', 1008);
        return;
      }
    } else {
      session = new TestSession(randomUUID(), SESSION_SETTINGS);
      known.set(session.id, session);
      sessions.push(session);
      options.onSession?.(session);
    }
    serve(socket, session);
    session.attach(socket, query.kind === 'resume' ? query.request : undefined);
  };

  server.on('connection', accept);
  return {
    url: `ws://127.0.0.1:${address.port}/`,
    sessions,
    get connections() {
      return connections;
    },
    get session() {
      const session = sessions.at(-1);
      if (session === undefined) throw new Error('no session has begun');
      return session;
    },
    forget() {
      known = new Map();
    },
    async close() {
      for (const client of server.clients) client.terminate();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function refuse(socket: WebSocket, code: 'RESUME_FAILED' | 'TOO_MANY_CONNECTIONS', closeCode: number): void {
  socket.send(encodeServerMessageV1({ type: 'error', code, message: `refused by the test: ${code}` }));
  socket.close(closeCode);
}

function serve(socket: WebSocket, session: TestSession): void {
  socket.on('message', (data, isBinary) => {
    if (!Buffer.isBuffer(data)) return;
    if (isBinary) {
      session.onBinary(new Uint8Array(data));
      return;
    }
    const decoded = decodeClientMessageV1(data.toString('utf8'));
    if (decoded.kind === 'ok') session.onText(decoded.message);
    else session.send({ type: 'error', code: 'INVALID_MESSAGE', message: decoded.problem });
  });
  socket.on('close', () => session.detach(socket));
}
