import { once } from 'node:events';
import { createServer, type IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import {
  applySettingsUpdate,
  AUDIO_HEADER_BYTES,
  AUDIO_KINDS,
  type ClientMessageV1,
  decodeClientMessageV1,
  encodeServerMessageV1,
  PARLEY_V1,
  type ServerMessageV1,
  type SessionSettings,
  type UtteranceEndReason,
  writeAudioHeader,
} from '@parley/protocol';
import { type WebSocket, WebSocketServer } from 'ws';

/** A server for the cases that a real one cannot be brought into. */
export interface FakeServer extends AsyncDisposable {
  /** `ws://127.0.0.1:<port>` */
  readonly url: string;
  /** Path and query of the sessions so far. */
  readonly requests: readonly string[];
  /** Everything clients have sent, in order. */
  readonly received: readonly ClientMessageV1[];
  /** Bytes of microphone audio so far. */
  readonly heardBytes: number;
}

/** One client of a {@link FakeServer}. */
export interface FakeSession {
  send(message: Exclude<ServerMessageV1, { type: 'audio' | 'utterance_end' }>): void;
  /** Says that an utterance is over, `u1` unless told otherwise, of which nothing was heard unless told otherwise. */
  endUtterance(reason: UtteranceEndReason, utteranceId?: string, heardText?: string, heardMs?: number): void;
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
  /** Whether it says that it transcribes. Default false. */
  readonly transcribes?: boolean;
  /** Default: sends `session_start`. */
  readonly onOpen?: (session: FakeSession) => void;
  readonly onMessage?: (session: FakeSession, message: ClientMessageV1) => void;
  /** Called for each piece of microphone audio. */
  readonly onMicrophone?: (session: FakeSession) => void;
}

/** 20 ms at 48 kHz. */
const FRAME_SAMPLES = 960;

const SETTINGS: SessionSettings = {
  language: 'en',
  output: { encoding: 'pcm_s16le', sample_rate: 48_000, container: 'binary' },
  input: { encoding: 'pcm_s16le', sample_rate: 16_000 },
  vad: {
    enabled: true,
    engine: 'hybrid',
    aggressiveness: 2,
    min_speech_duration_ms: 100,
    min_silence_duration_ms: 300,
    speaking_threshold_multiplier: 2,
    min_interruption_ms: 500,
    min_interruption_words: 0,
    false_interruption_timeout_ms: 800,
  },
  responder: { mode: 'none' },
  playout_lead_ms: 200,
  metadata: {},
};

const TRANSCRIBING = { enabled: true, language: 'en', endpointing_ms: 500 } as const;

/** Sends `session_start`, as every server does. */
export function greet(session: FakeSession, transcribes = false): void {
  session.send({
    type: 'session_start',
    session_id: '550e8400-e29b-41d4-a716-446655440000',
    protocol: PARLEY_V1,
    resume_token: 'token',
    resumed: false,
    settings: { ...SETTINGS, ...(transcribes && { asr: TRANSCRIBING }) },
    limits: {
      max_message_bytes: 262_144,
      max_text_characters: 10_000,
      max_queued_characters: 50_000,
      resume_window_seconds: 30,
    },
    client_messages: 0,
  });
}

/** Starts a fake server on a free port of 127.0.0.1. */
export async function startFakeServer(options: FakeServerOptions = {}): Promise<FakeServer> {
  const { onMessage, onMicrophone, refuse, transcribes = false } = options;
  const { onOpen = (session) => greet(session, transcribes) } = options;
  const requests: string[] = [];
  const received: ClientMessageV1[] = [];
  let heardBytes = 0;
  const http = createServer((_request, response) => response.writeHead(426).end());
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => PARLEY_V1 });

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
    webSocket.on('message', (data, isBinary) => {
      if (!Buffer.isBuffer(data)) return;
      if (isBinary) {
        heardBytes += data.byteLength;
        onMicrophone?.(session);
        return;
      }
      const decoded = decodeClientMessageV1(data.toString('utf8'));
      if (decoded.kind !== 'ok') throw new Error(decoded.problem);
      if (decoded.message.type === 'ping') {
        session.send({ type: 'pong', t: decoded.message.t });
        return;
      }
      if (decoded.message.type === 'session_update') {
        const current = { ...SETTINGS, ...(transcribes && { asr: TRANSCRIBING }) };
        const applied = applySettingsUpdate(current, decoded.message, current);
        if (applied.kind === 'invalid') throw new Error(applied.problem);
        session.send({ type: 'session_updated', settings: applied.settings });
      }
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
    get heardBytes() {
      return heardBytes;
    },
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
    send: (message) => socket.send(encodeServerMessageV1(message)),
    endUtterance: (reason, utteranceId = 'u1', heardText = '', heardMs = 0) => {
      const heard = { heard_ms: heardMs, heard_text: heardText };
      socket.send(
        encodeServerMessageV1({ type: 'utterance_end', utterance_id: utteranceId, reason, ...heard }),
      );
    },
    sendFrame: (sequence) => {
      const samples = new Int16Array(FRAME_SAMPLES).fill(sequence);
      const message = Buffer.alloc(AUDIO_HEADER_BYTES + samples.byteLength);
      writeAudioHeader(message, 0, AUDIO_KINDS.pcm_s16le, 0, 0, sequence, (sequence - 1) * FRAME_SAMPLES);
      message.set(new Uint8Array(samples.buffer), AUDIO_HEADER_BYTES);
      socket.send(message);
    },
    close: (code, reason) => socket.close(code, reason),
    cut: () => socket.terminate(),
    onClosed: (onClosed) => socket.once('close', onClosed),
  };
}
