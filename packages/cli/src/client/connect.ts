import type { IncomingMessage } from 'node:http';
import {
  type ClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  type ServerMessage,
} from '@parley/protocol';
import { WebSocket } from 'ws';
import type { CliError } from '../cli-error.ts';
import {
  describeConnectFailure,
  describeRefusedUpgrade,
  notAnswering,
  notParley,
} from './connect-failure.ts';
import { type ConnectionEnd, describeConnectionEnd } from './connection-end.ts';
import { serverName } from './session-url.ts';

/** A frame of speech. */
export interface SpeechFrame {
  /** s16le mono; owned by the receiver. */
  readonly pcm: Uint8Array;
  readonly sampleRateHz: number;
  readonly durationMs: number;
  /** From 1, rising by 1 for the whole session. */
  readonly sequence: number;
}

/** Messages that come after `session_start`, apart from audio and the end. */
export type SessionEvent = Exclude<ServerMessage, { type: 'session_start' | 'audio' | 'session_end' }>;

/** What a session tells the one who opened it. */
export interface SessionHandlers {
  onAudio(frame: SpeechFrame): void;
  onEvent(event: SessionEvent): void;
  /** Called once, at the very end, whoever ended the session. */
  onEnd(end: ConnectionEnd): void;
}

/** Options of {@link connect}. */
export interface ConnectOptions {
  /** As from `sessionUrl`. */
  readonly url: URL;
  readonly handlers: SessionHandlers;
  /** Longest wait for the connection and its `session_start`. Default 10,000. */
  readonly timeoutMs?: number;
  /** How often the server is asked whether it is still there; two silences end it. Default 15,000. */
  readonly heartbeatMs?: number;
}

/** One session with a server, over the base dialect. Who connects, closes. */
export interface SpeechConnection {
  readonly sessionId: string;
  /** The server, for messages to people. */
  readonly server: string;
  /** Sends a message; does nothing when the session has ended. */
  send(message: ClientMessage): void;
  /** Leaves. Resolves when the connection is gone; idempotent. */
  close(): Promise<void>;
}

const CLOSE_TIMEOUT_MS = 2000;
const ABNORMAL_CLOSURE = 1006;
const MAX_REFUSAL_BYTES = 4096;

/**
 * Opens a session; resolves when the server has started it.
 *
 * @throws CliError that says why there is none: `UNREACHABLE`, `NOT_PARLEY`, `REFUSED`, `SERVER_FULL`, ...
 */
export function connect(options: ConnectOptions): Promise<SpeechConnection> {
  return new Promise((resolve, reject) => {
    const link = new SessionLink(options, { resolve, reject });
    link.open();
  });
}

interface Settle {
  resolve(connection: SpeechConnection): void;
  reject(error: CliError): void;
}

class SessionLink implements SpeechConnection {
  readonly server: string;
  sessionId = '';
  readonly #socket: WebSocket;
  readonly #handlers: SessionHandlers;
  readonly #settle: Settle;
  readonly #timeoutMs: number;
  readonly #heartbeatMs: number;
  readonly #closed: Promise<void>;
  #startTimer: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #missedBeats = 0;
  #isClosing = false;
  #end: ConnectionEnd | undefined;
  #failure: CliError | undefined;

  constructor(options: ConnectOptions, settle: Settle) {
    this.server = serverName(options.url);
    this.#handlers = options.handlers;
    this.#settle = settle;
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#heartbeatMs = options.heartbeatMs ?? 15_000;
    this.#socket = new WebSocket(options.url, {
      handshakeTimeout: this.#timeoutMs,
      perMessageDeflate: false,
    });
    this.#closed = new Promise((resolve) => this.#socket.once('close', () => resolve()));
  }

  open(): void {
    const socket = this.#socket;
    socket.on('open', () => {
      this.#startTimer = setTimeout(() => this.#fail(notAnswering(this.server)), this.#timeoutMs);
      this.#heartbeat = setInterval(() => this.#beat(), this.#heartbeatMs);
    });
    socket.on('pong', () => this.#noteLife());
    socket.on('ping', () => this.#noteLife());
    socket.on('message', (data, isBinary) => {
      this.#noteLife();
      // ws hands out Buffers, as its binaryType is left at the default.
      if (!isBinary && Buffer.isBuffer(data)) this.#onText(data.toString('utf8'));
      else if (this.sessionId === '') this.#fail(notParley(this.server, 'sent no session_start'));
    });
    socket.on('unexpected-response', (_request, response) => this.#onRefused(response));
    socket.on('error', (error) => {
      if (!this.#isClosing) this.#failure ??= describeConnectFailure(error, this.server);
    });
    socket.on('close', (code, reason) => this.#onClose(code, reason.toString()));
  }

  send(message: ClientMessage): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(encodeClientMessage(message));
  }

  close(): Promise<void> {
    if (!this.#isClosing && this.#socket.readyState !== WebSocket.CLOSED) {
      this.#isClosing = true;
      this.#end ??= { kind: 'closed' };
      const cut = setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS);
      this.#socket.once('close', () => clearTimeout(cut));
      this.#socket.close(1000);
    }
    return this.#closed;
  }

  #onText(text: string): void {
    const decoded = decodeServerMessage(text);
    if (decoded.kind !== 'ok') {
      if (this.sessionId === '') this.#fail(notParley(this.server, 'sent no session_start'));
      return;
    }
    const { message } = decoded;
    if (this.sessionId === '' && message.type !== 'session_start') {
      if (message.type === 'error')
        this.#failure ??= describeConnectionEnd(refusal, this.server, message.message);
      else this.#fail(notParley(this.server, 'sent no session_start'));
      return;
    }
    this.#dispatch(message);
  }

  #dispatch(message: ServerMessage): void {
    switch (message.type) {
      case 'session_start':
        clearTimeout(this.#startTimer);
        this.sessionId = message.session_id;
        this.#settle.resolve(this);
        return;
      case 'audio':
        if (this.#isClosing) return;
        this.#handlers.onAudio({
          pcm: Buffer.from(message.pcm, 'base64'),
          sampleRateHz: message.sample_rate,
          durationMs: message.frame_ms,
          sequence: message.sequence,
        });
        return;
      case 'session_end':
        this.#end ??= { kind: 'session_ended', reason: message.reason };
        void this.close();
        return;
      case 'error':
      case 'state':
      case 'utterance_start':
      case 'utterance_end':
        if (!this.#isClosing) this.#handlers.onEvent(message);
        return;
      default:
        message satisfies never;
    }
  }

  #onRefused(response: IncomingMessage): void {
    let body = '';
    const finish = (): void => {
      clearTimeout(patience);
      this.#fail(describeRefusedUpgrade(response, body, this.server));
    };
    const patience = setTimeout(finish, CLOSE_TIMEOUT_MS);
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      if (body.length < MAX_REFUSAL_BYTES) body += text;
    });
    response.on('close', finish);
  }

  #onClose(code: number, reason: string): void {
    clearTimeout(this.#startTimer);
    clearInterval(this.#heartbeat);
    const fallback: ConnectionEnd =
      code === ABNORMAL_CLOSURE ? { kind: 'lost' } : { kind: 'server_closed', code, reason };
    const end = this.#end ?? fallback;
    if (this.sessionId !== '') this.#handlers.onEnd(end);
    else this.#settle.reject(this.#failure ?? describeConnectionEnd(end, this.server));
  }

  #fail(failure: CliError): void {
    this.#failure = failure;
    this.#socket.terminate();
  }

  #noteLife(): void {
    this.#missedBeats = 0;
  }

  #beat(): void {
    if (this.#missedBeats >= 2) {
      this.#socket.terminate();
      return;
    }
    this.#missedBeats += 1;
    this.#socket.ping();
  }
}

/** An `error` instead of `session_start`: the server took the connection only to say no. */
const refusal: ConnectionEnd = { kind: 'server_closed', code: 1013, reason: '' };
