import { encodeServerMessage, SUBSCRIBABLE_EVENTS } from '@parley/protocol';
import { bytesPerFrame, DEFAULT_SAMPLE_RATE_HZ, FRAME_MS } from '@parley/audio';
import { WebSocket } from 'ws';
import type { ClientLink, EventMessage } from '../../session/ports/client-link.ts';
import type { Clock, Timer } from '../../session/ports/clock.ts';
import { base64Length, encodeAudioMessage } from './websocket-protocol.ts';

/** Options of a {@link WebSocketLink}. */
export interface WebSocketLinkOptions {
  readonly socket: WebSocket;
  readonly clock: Clock;
  /** How far ahead of real time the client's buffer may run, in milliseconds. */
  readonly leadMs: number;
}

/** Messages that a base-dialect client gets only when it asked for them. */
const SUBSCRIBABLE: ReadonlySet<string> = new Set(SUBSCRIBABLE_EVENTS);

/** What may wait in the socket beyond the lead before playout holds back, in milliseconds of audio. */
const UNSENT_SLACK_MS = 250;

/** How long a peer may take to answer the closing handshake before its connection is cut. */
const CLOSE_GRACE_MS = 2000;

const TEXT_FRAME = { binary: false, compress: false } as const;

/** A client on a WebSocket, speaking the base dialect. Belongs to the WebSocket transport. */
export class WebSocketLink implements ClientLink {
  readonly transport = 'websocket';
  /** The base dialect has no message for it: its clients play on. */
  readonly holdsBuffer = false;
  readonly leadMs: number;
  readonly unsentLimitBytes: number;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #subscribed = new Set<string>();
  #closeTimer: Timer | undefined;

  constructor(options: WebSocketLinkOptions) {
    this.#socket = options.socket;
    this.#clock = options.clock;
    this.leadMs = options.leadMs;
    const frameBytes = base64Length(bytesPerFrame(DEFAULT_SAMPLE_RATE_HZ));
    this.unsentLimitBytes = ((options.leadMs + UNSENT_SLACK_MS) / FRAME_MS) * frameBytes;
  }

  get unsentBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Chooses which of the further messages this client is told. Replaces the earlier choice. */
  subscribe(events: readonly string[]): void {
    this.#subscribed.clear();
    for (const event of events) this.#subscribed.add(event);
  }

  send(message: EventMessage): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (SUBSCRIBABLE.has(message.type) && !this.#subscribed.has(message.type)) return;
    this.#socket.send(encodeServerMessage(message), TEXT_FRAME);
  }

  sendAudio(frame: Uint8Array, sequence: number): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(encodeAudioMessage(frame, sequence), TEXT_FRAME);
  }

  close(code: number, reason: string): void {
    if (this.#closeTimer !== undefined) return;
    this.#closeTimer = this.#clock.setTimer(CLOSE_GRACE_MS, () => this.#socket.terminate());
    this.#socket.close(code, reason);
  }

  /** Frees the closing timer; called by the transport when the socket is gone. */
  closed(): void {
    this.#closeTimer?.cancel();
  }
}
