import type { IncomingMessage } from 'node:http';
import type { WebSocketLike } from '@parley/client';
import { WebSocket } from 'ws';
import type { CliError } from '../cli-error.ts';
import { describeConnectFailure, describeRefusedUpgrade } from './connect-failure.ts';

const REFUSAL_TIMEOUT_MS = 2000;
const MAX_REFUSAL_BYTES = 4096;

/** Opens sockets and remembers what people want to know of them: why one did not open, and how one was closed. */
export class SocketOpener {
  readonly #server: string;
  readonly #timeoutMs: number;
  #failure: CliError | undefined;
  #lastClose: { readonly code: number; readonly reason: string } | undefined;

  /** `server`: its name for people. */
  constructor(server: string, timeoutMs: number) {
    this.#server = server;
    this.#timeoutMs = timeoutMs;
  }

  /** Why the last socket did not open, where that is known. */
  get failure(): CliError | undefined {
    return this.#failure;
  }

  /** How the last socket was closed. */
  get lastClose(): { readonly code: number; readonly reason: string } | undefined {
    return this.#lastClose;
  }

  open(url: string, protocol: string): WebSocketLike {
    const socket = new WebSocket(url, protocol, {
      handshakeTimeout: this.#timeoutMs,
      perMessageDeflate: false,
      // One event at a time: what comes with the greeting must find who waits for it.
      allowSynchronousEvents: false,
    });
    this.#failure = undefined;
    socket.once('open', () => {
      this.#failure = undefined;
    });
    socket.on('unexpected-response', (_request, response) => this.#onRefused(socket, response));
    socket.on('error', (error) => {
      this.#failure ??= describeConnectFailure(error, this.#server);
    });
    socket.once('close', (code, reason) => {
      this.#lastClose = { code, reason: reason.toString() };
    });
    return socket;
  }

  #onRefused(socket: WebSocket, response: IncomingMessage): void {
    let body = '';
    const finish = (): void => {
      clearTimeout(patience);
      this.#failure = describeRefusedUpgrade(response, body, this.#server);
      socket.terminate();
    };
    const patience = setTimeout(finish, REFUSAL_TIMEOUT_MS);
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      if (body.length < MAX_REFUSAL_BYTES) body += text;
    });
    response.once('close', finish);
  }
}
