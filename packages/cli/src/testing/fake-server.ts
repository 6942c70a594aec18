import { once } from 'node:events';
import { createServer, type IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import {
  type ClientMessage,
  decodeClientMessage,
  encodeAudioMessage,
  encodeServerMessage,
  type ServerMessage,
} from '@parley/protocol';
import { type WebSocket, WebSocketServer } from 'ws';

/** A server for the cases that a real one cannot be brought into. */
export interface FakeServer extends AsyncDisposable {
  /** `ws://127.0.0.1:<port>` */
  readonly url: string;
  /** Path and query of the sessions so far. */
  readonly requests: readonly string[];
  /** Everything clients have sent, in order. */
  readonly received: readonly ClientMessage[];
}

/** One client of a {@link FakeServer}. */
export interface FakeSession {
  send(message: Exclude<ServerMessage, { type: 'audio' }>): void;
  /** Sends one 20 ms frame whose samples are all `sequence`. */
  sendFrame(sequence: number): void;
  /** The closing handshake. */
  close(code: number, reason?: string): void;
  /** The connection is gone without a word. */
  cut(): void;
  /** Calls `onClosed` when the client has gone. */
  onClosed(onClosed: () => void): void;
}

/** How a {@link FakeServer} behaves. */
export interface FakeServerOptions {
  /** Answers the upgrade request with plain HTTP instead. */
  readonly refuse?: (request: IncomingMessage, response: ServerResponse) => void;
  /** Default: sends `session_start`. */
  readonly onOpen?: (session: FakeSession) => void;
  readonly onMessage?: (session: FakeSession, message: ClientMessage) => void;
}

/** 20 ms at 48 kHz. */
const FRAME_SAMPLES = 960;

/** Sends `session_start`, as every server does. */
export function greet(session: FakeSession): void {
  session.send({ type: 'session_start', session_id: '550e8400-e29b-41d4-a716-446655440000' });
}

/** Starts a fake server on a free port of 127.0.0.1. */
export async function startFakeServer(options: FakeServerOptions = {}): Promise<FakeServer> {
  const { onMessage, onOpen = greet, refuse } = options;
  const requests: string[] = [];
  const received: ClientMessage[] = [];
  const http = createServer((_request, response) => response.writeHead(426).end());
  const sockets = new WebSocketServer({ noServer: true });

  http.on('upgrade', (request, socket, head) => {
    requests.push(request.url ?? '');
    if (refuse === undefined) {
      sockets.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket));
      return;
    }
    if (socket instanceof Socket) refuseUpgrade(request, socket, refuse);
  });

  function serve(webSocket: WebSocket): void {
    const session = fakeSession(webSocket);
    webSocket.on('error', () => undefined);
    webSocket.on('message', (data) => {
      if (!Buffer.isBuffer(data)) return;
      const decoded = decodeClientMessage(data.toString('utf8'));
      if (decoded.kind !== 'ok') throw new Error(decoded.problem);
      received.push(decoded.message);
      onMessage?.(session, decoded.message);
    });
    onOpen(session);
  }

  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('The fake server has no port.');
  return {
    url: `ws://127.0.0.1:${address.port}`,
    requests,
    received,
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}

function refuseUpgrade(
  request: IncomingMessage,
  socket: Socket,
  refuse: NonNullable<FakeServerOptions['refuse']>,
): void {
  const response = new ServerResponse(request);
  response.assignSocket(socket);
  response.setHeader('Connection', 'close');
  response.once('finish', () => socket.end());
  refuse(request, response);
}

function fakeSession(socket: WebSocket): FakeSession {
  return {
    send: (message) => socket.send(encodeServerMessage(message)),
    sendFrame: (sequence) => {
      const samples = new Int16Array(FRAME_SAMPLES).fill(sequence);
      const pcm = Buffer.from(samples.buffer).toString('base64');
      socket.send(encodeAudioMessage({ type: 'audio', pcm, sample_rate: 48_000, frame_ms: 20, sequence }));
    },
    close: (code, reason) => socket.close(code, reason),
    cut: () => socket.terminate(),
    onClosed: (onClosed) => socket.once('close', onClosed),
  };
}
