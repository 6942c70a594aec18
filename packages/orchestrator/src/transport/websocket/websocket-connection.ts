import { isUtf8 } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { CLOSE_CODES, ERRORS, readResumeQuery } from '@parley/protocol';
import { WebSocket, type RawData } from 'ws';
import type { Clock } from '../../session/ports/clock.ts';
import type { Logger } from '../../session/ports/logger.ts';
import type { MessageFault } from '../../session/message-fault.ts';
import type { SessionHandle } from '../../session/session-manager.ts';
import type { SessionHost } from '../base.ts';
import type { Dialect } from './dialect.ts';
import { SlidingCount, TokenBucket } from './rate-limit.ts';
import { WebSocketLink } from './websocket-link.ts';

/** What one connection may do. */
export interface ConnectionLimits {
  /**
   * Messages a second on average, twice that in a burst; 0 means no limit. Control messages are counted apart, so
   * that a client that floods us with text can still silence the bot.
   */
  readonly messagesPerSecond: number;
  /** Largest message taken, in bytes. */
  readonly maxMessageBytes: number;
}

/** Options of a {@link WebSocketConnection}. */
export interface WebSocketConnectionOptions {
  readonly socket: WebSocket;
  /** The stream under `socket`. */
  readonly stream: Duplex;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: ConnectionLimits;
  /** Belongs to the connection from now on. */
  readonly dialect: Dialect;
  /** Called once, when the socket is gone. */
  readonly onClosed: () => void;
}

/** This many faulty messages within the window end the connection. */
const MAX_FAULTS = 20;
const FAULT_WINDOW_MS = 10_000;
/** A connection is cut when this many pings in a row were not answered. */
const MAX_MISSED_PINGS = 2;

/**
 * Close codes of a client that leaves for good: normal closure, and a page that is left. Not a close without a code,
 * with which browsers give up a connection that no longer answers, to make another one.
 */
const GOODBYES: ReadonlySet<number> = new Set([CLOSE_CODES.NORMAL, 1001]);

/** One client's socket: decodes and limits what comes in, and tells the session when the client has gone. */
export class WebSocketConnection {
  readonly #options: WebSocketConnectionOptions;
  readonly #link: WebSocketLink;
  readonly #bucket: TokenBucket;
  readonly #controlBucket: TokenBucket;
  readonly #faults = new SlidingCount(FAULT_WINDOW_MS);
  #session: SessionHandle | undefined;
  #missedPings = 0;
  /** When the oldest ping was sent that has not been answered. */
  #pingedAtMs: number | undefined;

  constructor(options: WebSocketConnectionOptions) {
    const { clock, dialect, limits, socket, stream } = options;
    this.#options = options;
    this.#link = new WebSocketLink({ socket, stream, clock, dialect });
    this.#bucket = new TokenBucket(limits.messagesPerSecond, clock.nowMs());
    this.#controlBucket = new TokenBucket(limits.messagesPerSecond, clock.nowMs());
  }

  /** Opens the client's session, or gives it back the one it had, and begins to listen. */
  open(host: SessionHost, query: URLSearchParams, metadata: Readonly<Record<string, string>>): void {
    const { socket } = this.#options;
    socket.on('close', (code) => this.#closed(code));
    // 'close' follows every error; what is wrong is the peer's and worth no more than a debug line.
    socket.on('error', (error) => this.#options.logger.debug({ err: error }, 'websocket failed'));
    socket.on('pong', () => this.#ponged());
    const session = this.#enter(host, query, metadata);
    this.#session = session;
    if (session === undefined) return;
    // Only now: what a resumed client has missed is sent at once, before it could read any of it.
    this.#link.watchUnread(() => session.fail('SLOW_CONSUMER', 'the client does not read what it is told'));
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
  }

  #enter(
    host: SessionHost,
    query: URLSearchParams,
    metadata: Readonly<Record<string, string>>,
  ): SessionHandle | undefined {
    const link = this.#link;
    const resume = link.resumable ? readResumeQuery(query) : ({ kind: 'absent' } as const);
    if (resume.kind === 'absent') {
      const result = host.open({ link, metadata });
      if (result.kind === 'opened') return result.session;
      link.close(CLOSE_CODES.SERVICE_RESTART, 'server_shutdown');
      return undefined;
    }
    const result =
      resume.kind === 'resume'
        ? host.resume({ link, ...resume.request })
        : ({ kind: 'failed', problem: resume.problem } as const);
    if (result.kind === 'opened') return result.session;
    link.send({ type: 'error', code: 'RESUME_FAILED', message: result.problem });
    link.close(ERRORS.RESUME_FAILED.closeCode ?? CLOSE_CODES.POLICY_VIOLATION, 'RESUME_FAILED');
    return undefined;
  }

  /** Sends a ping, or cuts the connection when the earlier ones were not answered. */
  ping(): void {
    const { socket } = this.#options;
    if (this.#missedPings >= MAX_MISSED_PINGS) {
      socket.terminate();
      return;
    }
    this.#missedPings += 1;
    this.measure();
  }

  /** Sends a ping that need not be answered, to know how far away the client is. */
  measure(): void {
    const { clock, socket } = this.#options;
    if (socket.readyState !== WebSocket.OPEN) return;
    this.#pingedAtMs ??= clock.nowMs();
    socket.ping();
  }

  #ponged(): void {
    this.#missedPings = 0;
    if (this.#pingedAtMs === undefined) return;
    this.#link.measured(this.#options.clock.nowMs() - this.#pingedAtMs);
    this.#pingedAtMs = undefined;
  }

  /** Cuts the connection. */
  terminate(): void {
    this.#options.socket.terminate();
  }

  #received(data: RawData, isBinary: boolean): void {
    const session = this.#session;
    // ws hands on what still comes of a connection that is being closed. Its session may have been resumed on another,
    // which was told what had been received, and over which the client sends all else again.
    if (session === undefined || this.#options.socket.readyState !== WebSocket.OPEN) return;
    // ws hands out Buffers, as its binaryType is left at the default.
    if (!Buffer.isBuffer(data)) return;
    const { maxMessageBytes } = this.#options.limits;
    if (data.byteLength > maxMessageBytes) {
      const text = `a message may have ${maxMessageBytes} bytes, but this one has ${data.byteLength}`;
      session.fail('MESSAGE_TOO_LARGE', text);
      return;
    }
    try {
      // Audio is limited by its duration, which its session knows.
      const fault = isBinary ? session.receiveAudio(data) : this.#receivedText(session, data);
      if (fault !== undefined) this.#fault(session, fault.code, fault.problem);
    } catch (error) {
      this.#options.logger.error({ err: error, session_id: session.sessionId }, 'message handling failed');
      session.fail('INTERNAL_ERROR', 'the server could not handle this message');
    }
  }

  #receivedText(session: SessionHandle, bytes: Buffer): MessageFault | undefined {
    if (!session.admit()) return undefined;
    if (!isUtf8(bytes)) {
      return {
        code: 'INVALID_MESSAGE',
        problem: 'the message is not valid UTF-8; expected JSON text in UTF-8',
      };
    }
    const decoded = this.#options.dialect.decode(bytes.toString('utf8'));
    if (decoded.kind === 'invalid') {
      return { code: 'INVALID_MESSAGE', problem: decoded.problem };
    }
    const { message } = decoded;
    const bucket = message.type === 'control' ? this.#controlBucket : this.#bucket;
    if (!bucket.take(this.#options.clock.nowMs())) {
      return { code: 'RATE_LIMITED', problem: this.#rateLimitText() };
    }
    return session.receive(message);
  }

  #fault(session: SessionHandle, code: 'INVALID_MESSAGE' | 'RATE_LIMITED', problem: string): void {
    if (this.#faults.add(this.#options.clock.nowMs()) < MAX_FAULTS) session.tellError(code, problem);
    else session.fail(code, problem);
  }

  #rateLimitText(): string {
    return `this message was dropped: at most ${this.#options.limits.messagesPerSecond} messages a second are taken`;
  }

  #closed(code: number): void {
    this.#link.closed();
    if (GOODBYES.has(code)) this.#session?.left(this.#link);
    else this.#session?.disconnected(this.#link);
    this.#options.onClosed();
  }
}
