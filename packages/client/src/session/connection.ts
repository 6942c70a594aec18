import {
  CLOSE_CODES,
  writeResumeQuery,
  type AudioFrame,
  type ErrorMessage,
  type ResumeRequest,
  type ServerMessageV1,
  type SessionEndReason,
  type SessionStartMessageV1,
} from '@parley/protocol/client';
import { ParleyClientError } from '../client-error.ts';
import type { ClientClock } from '../clock.ts';
import type { OpenWebSocket } from '../web-socket.ts';
import type { ConnectionState, SessionEnd } from './connection-state.ts';
import { Heartbeat } from './heartbeat.ts';
import { askedDelayMs, reconnectDelayMs, type ReconnectPolicy } from './reconnect-policy.ts';
import { ServerLink, type LinkEnd } from './server-link.ts';

/** Everything but the first message of a connection. */
export type SessionMessage = Exclude<ServerMessageV1, SessionStartMessageV1>;

/** What a connection tells its session. */
export interface ConnectionHandlers {
  /** What to ask for when connecting again; `undefined` asks for a session of its own. */
  resumeRequest(): ResumeRequest | undefined;
  onStart(start: SessionStartMessageV1): void;
  onMessage(message: SessionMessage): void;
  onUnknown(): void;
  onAudio(frame: AudioFrame): void;
  onProblem(problem: string, container: 'text' | 'binary'): void;
  /** The server no longer has the session; another one is opened next. */
  onSessionLost(): void;
  /** Time for a sign of life. */
  onBeat(): void;
  onState(state: ConnectionState): void;
}

/** Options of {@link Connection}. */
export interface ConnectionOptions {
  readonly url: URL;
  readonly openWebSocket: OpenWebSocket;
  readonly reconnect: ReconnectPolicy;
  readonly clock: ClientClock;
  readonly random: () => number;
  readonly connectTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly handlers: ConnectionHandlers;
}

/** How long a closing handshake may take. */
const CLOSE_TIMEOUT_MS = 2000;

/** Closes after which the same again would only be refused again. */
const FINAL_CODES: ReadonlySet<number> = new Set([
  1002,
  1003,
  1007,
  CLOSE_CODES.POLICY_VIOLATION,
  CLOSE_CODES.MESSAGE_TOO_BIG,
]);

/** Keeps a session connected: opens, watches, waits, opens again, and knows when to give up. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #handlers: ConnectionHandlers;
  readonly #heartbeat: Heartbeat;
  #state: ConnectionState = { kind: 'connecting' };
  #link: ServerLink | undefined;
  #attempt = 0;
  #hasStarted = false;
  #refusal: ErrorMessage | undefined;
  #endReason: SessionEndReason | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#handlers = options.handlers;
    this.#heartbeat = new Heartbeat({
      clock: options.clock,
      intervalMs: options.heartbeatMs,
      onBeat: () => this.#handlers.onBeat(),
      onSilence: () => this.#abandon(new ParleyClientError('TIMEOUT', 'The server fell silent.')),
    });
  }

  /** Where the connection stands. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** Makes the first attempt. To be called once. */
  open(): void {
    this.#connect();
  }

  /** Sends if there is a session on the other side now; says whether it did. */
  send(data: string | Uint8Array<ArrayBuffer>): boolean {
    return this.#state.kind === 'open' && this.#link?.send(data) === true;
  }

  /** Bytes that were sent but have not left this machine. */
  get bufferedBytes(): number {
    return this.#link?.bufferedBytes ?? 0;
  }

  /** Leaves; the state is `closed` when that is done. Idempotent. */
  close(): void {
    if (this.#state.kind === 'closing' || this.#state.kind === 'closed') return;
    const link = this.#link;
    this.#stopTimers();
    if (link === undefined) {
      this.#finish({ kind: 'closed' });
      return;
    }
    this.#setState({ kind: 'closing' });
    this.#cancelTimer = this.#options.clock.after(CLOSE_TIMEOUT_MS, () => {
      link.drop();
      this.#finish({ kind: 'closed' });
    });
    link.close();
  }

  /** Leaves because of an error. */
  fail(error: ParleyClientError): void {
    this.#link?.drop();
    this.#finish({ kind: 'failed', error });
  }

  #connect(): void {
    const { url, openWebSocket, connectTimeoutMs, clock } = this.#options;
    const target = new URL(url);
    const request = this.#handlers.resumeRequest();
    if (request !== undefined) writeResumeQuery(target.searchParams, request);
    this.#refusal = undefined;
    this.#cancelTimer = clock.after(connectTimeoutMs, () =>
      this.#abandon(
        new ParleyClientError('TIMEOUT', `${url.host} did not start a session in ${connectTimeoutMs} ms.`),
      ),
    );
    try {
      this.#link = new ServerLink(openWebSocket, target.href, {
        onMessage: (message) => this.#onMessage(message),
        onUnknown: () => {
          this.#heartbeat.noteLife();
          this.#handlers.onUnknown();
        },
        onAudio: (frame) => {
          this.#heartbeat.noteLife();
          this.#handlers.onAudio(frame);
        },
        onProblem: (problem, container) => this.#handlers.onProblem(problem, container),
        onEnd: (end) => this.#onEnd(end),
      });
    } catch (error) {
      this.#finish({ kind: 'failed', error: toClientError(error, url) });
    }
  }

  #onMessage(message: ServerMessageV1): void {
    this.#heartbeat.noteLife();
    if (message.type === 'session_start') {
      this.#onStart(message);
      return;
    }
    if (this.#state.kind === 'closing') return;
    if (this.#state.kind !== 'open') {
      if (message.type === 'error') this.#refusal = message;
      return;
    }
    if (message.type === 'session_end') this.#endReason = message.reason;
    this.#handlers.onMessage(message);
  }

  #onStart(start: SessionStartMessageV1): void {
    if (this.#state.kind === 'open' || this.#state.kind === 'closing') return;
    this.#stopTimers();
    this.#attempt = 0;
    this.#hasStarted = true;
    this.#heartbeat.start();
    const open: ConnectionState = { kind: 'open', resumed: start.resumed };
    this.#state = open;
    // First the session, which puts in order what is to be sent; then those who listen, and may send.
    this.#handlers.onStart(start);
    if (this.#state === open) this.#handlers.onState(open);
  }

  #onEnd(end: LinkEnd): void {
    this.#link = undefined;
    this.#stopTimers();
    if (this.#state.kind === 'closing') {
      this.#finish({ kind: 'closed' });
      return;
    }
    const reason = this.#endReason;
    this.#endReason = undefined;
    if (reason !== undefined && reason !== 'server_shutdown') {
      this.#finish({ kind: 'ended', reason });
      return;
    }
    const resumeFailed = this.#refusal?.code === 'RESUME_FAILED';
    const cause = describeEnd(end, this.#refusal, this.#hasStarted);
    if (reason === 'server_shutdown' || resumeFailed) this.#handlers.onSessionLost();
    if (!resumeFailed && FINAL_CODES.has(end.code)) this.#finish({ kind: 'failed', error: cause });
    else this.#retry(cause, askedDelayMs(end.reason));
  }

  #abandon(cause: ParleyClientError): void {
    this.#link?.drop();
    this.#link = undefined;
    this.#stopTimers();
    this.#retry(cause, 0);
  }

  #retry(cause: ParleyClientError, askedMs: number): void {
    const { reconnect, clock, random } = this.#options;
    this.#attempt += 1;
    if (!this.#hasStarted || reconnect.maxAttempts === 0 || this.#attempt > reconnect.maxAttempts) {
      this.#finish({ kind: 'failed', error: cause });
      return;
    }
    const attempt = this.#attempt;
    const delayMs = reconnectDelayMs(reconnect, attempt, random(), askedMs);
    this.#setState({ kind: 'waiting', attempt, delayMs, cause });
    this.#cancelTimer = clock.after(delayMs, () => {
      this.#setState({ kind: 'reconnecting', attempt });
      this.#connect();
    });
  }

  #finish(end: SessionEnd): void {
    this.#stopTimers();
    this.#link = undefined;
    if (this.#state.kind !== 'closed') this.#setState({ kind: 'closed', end });
  }

  #setState(state: ConnectionState): void {
    this.#state = state;
    this.#handlers.onState(state);
  }

  #stopTimers(): void {
    this.#heartbeat.stop();
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}

function describeEnd(
  end: LinkEnd,
  refusal: ErrorMessage | undefined,
  hasStarted: boolean,
): ParleyClientError {
  if (refusal !== undefined) return new ParleyClientError(refusal.code, refusal.message);
  const detail = `code ${end.code}${end.reason === '' ? '' : `, ${end.reason}`}`;
  if (hasStarted) return new ParleyClientError('CONNECTION_LOST', `The connection was closed: ${detail}.`);
  const notParley = end.code === CLOSE_CODES.POLICY_VIOLATION;
  return new ParleyClientError(
    notParley ? 'NOT_PARLEY' : 'CONNECT_FAILED',
    `No session could be opened: ${detail}. Is a Parley server listening there, and does it allow this origin and key?`,
  );
}

function toClientError(error: unknown, url: URL): ParleyClientError {
  if (error instanceof ParleyClientError) return error;
  return new ParleyClientError('CONNECT_FAILED', `No connection to ${url.host} could be opened.`, {
    cause: error,
  });
}
