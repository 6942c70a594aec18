import {
  CLOSE_CODES,
  decodeAudioFrame,
  decodeServerMessageV1,
  PARLEY_V1,
  type ClientMessageV1,
  type ServerMessageV1,
} from '@parley/protocol/client';
import { WebSocket } from 'ws';

/** What a connection tells of itself. */
export interface ConnectionListener {
  readonly onFrame: (payload: Buffer) => void;
  readonly onMessage: (message: ServerMessageV1) => void;
  /** The connection is gone; nothing follows. `problem`: the server had broken the protocol before. */
  readonly onClosed: (problem: string | undefined) => void;
}

const FRAME_SAMPLES = 960;
/** A server that is frozen takes connections all the same. */
const OPEN_TIMEOUT_MS = 30_000;

/** A bare connection of `parley.v1`, which holds every frame's number and place against the protocol. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #listener: ConnectionListener;
  #frames = 0;
  #problem: string | undefined;

  /** Connects at once. */
  constructor(url: string, listener: ConnectionListener) {
    this.#listener = listener;
    this.#socket = new WebSocket(url, PARLEY_V1, {
      perMessageDeflate: false,
      handshakeTimeout: OPEN_TIMEOUT_MS,
    });
    this.#socket.on('message', (data, isBinary) => {
      if (!Buffer.isBuffer(data)) return;
      if (isBinary) this.#onFrame(data);
      else this.#onText(data.toString('utf8'));
    });
    // What went wrong shows in what had been heard.
    this.#socket.on('error', () => {});
    this.#socket.once('close', () => listener.onClosed(this.#problem));
  }

  send(message: ClientMessageV1): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** Says goodbye. */
  close(): void {
    this.#socket.close(CLOSE_CODES.NORMAL);
  }

  /** Cuts it without a word. */
  cut(): void {
    this.#socket.terminate();
  }

  #onFrame(bytes: Buffer): void {
    const decoded = decodeAudioFrame(bytes);
    if (decoded.kind === 'invalid') return this.#breaks(decoded.problem);
    const { sequence, sampleOffset, payload } = decoded.frame;
    this.#frames += 1;
    if (sequence !== this.#frames || sampleOffset !== (this.#frames - 1) * FRAME_SAMPLES) {
      return this.#breaks(`frame ${sequence} at sample ${sampleOffset} came as number ${this.#frames}`);
    }
    this.#listener.onFrame(Buffer.from(payload));
  }

  #onText(text: string): void {
    const decoded = decodeServerMessageV1(text);
    if (decoded.kind === 'ok') this.#listener.onMessage(decoded.message);
    else this.#breaks(`the server sent ${text.slice(0, 200)}`);
  }

  #breaks(problem: string): void {
    this.#problem ??= problem;
    this.cut();
  }
}
