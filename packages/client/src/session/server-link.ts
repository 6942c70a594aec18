import {
  CLOSE_CODES,
  decodeAudioFrame,
  decodeServerMessageV1,
  PARLEY_V1,
  type AudioFrame,
  type ServerMessageV1,
} from '@parley/protocol/client';
import { SOCKET_OPEN, type OpenWebSocket, type WebSocketLike } from '../web-socket.ts';

/** How one connection ended. */
export interface LinkEnd {
  /** Close code; 1006 where the connection was cut or never opened. */
  readonly code: number;
  readonly reason: string;
}

/** What a connection tells its session. Nothing is called after {@link ServerLink.drop} or `onEnd`. */
export interface LinkHandlers {
  onMessage(message: ServerMessageV1): void;
  /** A message of a type that only newer versions know; it counts like any other. */
  onUnknown(): void;
  onAudio(frame: AudioFrame): void;
  /** A message or frame arrived that breaks the protocol; the connection goes on. */
  onProblem(problem: string, container: 'text' | 'binary'): void;
  onEnd(end: LinkEnd): void;
}

const ABNORMAL_CLOSURE = 1006;

/** One WebSocket connection to a server: decodes what comes, and knows when it is over. */
export class ServerLink {
  readonly #socket: WebSocketLike;
  #handlers: LinkHandlers | undefined;

  /** Throws when `open` does, such as for an address that is none. */
  constructor(open: OpenWebSocket, url: string, handlers: LinkHandlers) {
    this.#socket = open(url, PARLEY_V1);
    this.#handlers = handlers;
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.addEventListener('open', () => this.#onOpen());
    this.#socket.addEventListener('message', ({ data }) => this.#onData(data));
    this.#socket.addEventListener('close', ({ code, reason }) =>
      this.#end({ code: code ?? ABNORMAL_CLOSURE, reason: reason ?? '' }),
    );
    // The close event that follows says all there is to know; without a listener the package ws throws.
    this.#socket.addEventListener('error', () => {});
  }

  /** Sends unless the connection is over; says whether it did. */
  send(data: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.#handlers === undefined || this.#socket.readyState !== SOCKET_OPEN) return false;
    this.#socket.send(data);
    return true;
  }

  /** Bytes that were sent but have not left this machine. */
  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Begins the closing handshake; `onEnd` follows. */
  close(): void {
    this.#socket.close(CLOSE_CODES.NORMAL);
  }

  /** Leaves without waiting for the other side; no handler is called any more. */
  drop(): void {
    this.#handlers = undefined;
    if (this.#socket.terminate === undefined) this.#socket.close();
    else this.#socket.terminate();
  }

  #onOpen(): void {
    if (this.#socket.protocol === PARLEY_V1) return;
    this.#end({ code: CLOSE_CODES.POLICY_VIOLATION, reason: `the server does not speak ${PARLEY_V1}` });
    this.#socket.close();
  }

  #onData(data: unknown): void {
    const handlers = this.#handlers;
    if (handlers === undefined) return;
    if (typeof data === 'string') {
      const decoded = decodeServerMessageV1(data);
      if (decoded.kind === 'ok') handlers.onMessage(decoded.message);
      else if (decoded.kind === 'invalid') handlers.onProblem(decoded.problem, 'text');
      else handlers.onUnknown();
      return;
    }
    if (!(data instanceof ArrayBuffer)) return;
    const decoded = decodeAudioFrame(new Uint8Array(data));
    if (decoded.kind === 'ok') handlers.onAudio(decoded.frame);
    else handlers.onProblem(decoded.problem, 'binary');
  }

  #end(end: LinkEnd): void {
    const handlers = this.#handlers;
    this.#handlers = undefined;
    handlers?.onEnd(end);
  }
}
