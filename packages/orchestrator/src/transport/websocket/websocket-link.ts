import type { Duplex } from 'node:stream';
import { FRAME_MS } from '@parley/audio';
import type { SessionSettings } from '@parley/protocol';
import { WebSocket } from 'ws';
import type { ClientLink, EventMessage, LinkDefaults } from '../../session/ports/client-link.ts';
import type { Clock, Timer } from '../../session/ports/clock.ts';
import type { Dialect } from './dialect.ts';

/** Options of a {@link WebSocketLink}. */
export interface WebSocketLinkOptions {
  readonly socket: WebSocket;
  /** The stream under `socket`. Without compression ws writes each message to it at once, and so may we. */
  readonly stream: Duplex;
  readonly clock: Clock;
  /** Belongs to the link from now on. */
  readonly dialect: Dialect;
}

/** What may wait in the socket beyond the lead before playout holds back, in milliseconds of audio. */
const UNSENT_SLACK_MS = 250;

/** Audio that a client waits for before it begins to play: what our own players do, in milliseconds. */
const PREBUFFER_MS = 60;

/** A round trip that takes longer was a hiccup, and says nothing about the way audio takes. */
const MAX_ROUND_TRIP_MS = 2000;

/** Messages that a client may leave unread beside its audio, in bytes. */
const MAX_UNREAD_BYTES = 256 * 1024;

/** How long a peer may take to answer the closing handshake before its connection is cut. */
const CLOSE_GRACE_MS = 2000;

const TEXT_FRAME = { binary: false, compress: false } as const;

/** A client on a WebSocket. Belongs to its connection. */
export class WebSocketLink implements ClientLink {
  readonly transport = 'websocket';
  readonly defaults: LinkDefaults;
  readonly resumable: boolean;
  readonly holdsBuffer: boolean;
  leadMs: number;
  unsentLimitBytes: number;
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #clock: Clock;
  readonly #dialect: Dialect;
  #onUnread: (() => void) | undefined;
  #roundTripMs = 0;
  #closeTimer: Timer | undefined;

  constructor(options: WebSocketLinkOptions) {
    const { dialect } = options;
    this.#socket = options.socket;
    this.#stream = options.stream;
    this.#clock = options.clock;
    this.#dialect = dialect;
    this.defaults = dialect.defaults;
    this.resumable = dialect.controlsBuffer;
    this.holdsBuffer = dialect.controlsBuffer;
    this.leadMs = dialect.defaults.playout_lead_ms;
    this.unsentLimitBytes = this.#unsentLimit();
  }

  /** Half a round trip, and what a client waits for before it plays: 60 ms, or all of a shorter lead. */
  get latencyMs(): number {
    return Math.min(PREBUFFER_MS, this.leadMs) + this.#roundTripMs / 2;
  }

  /**
   * Calls `onUnread` once, when something is sent to a client that has left far too much unread. What is sent before
   * this is asked for counts then, too.
   */
  watchUnread(onUnread: () => void): void {
    this.#onUnread = onUnread;
  }

  /** The way to the client and back was measured. */
  measured(roundTripMs: number): void {
    this.#roundTripMs = Math.min(roundTripMs, MAX_ROUND_TRIP_MS);
  }

  get unsentBytes(): number {
    return this.#socket.bufferedAmount;
  }

  configure(settings: SessionSettings): void {
    this.#dialect.configure(settings);
    this.leadMs = settings.playout_lead_ms;
    this.unsentLimitBytes = this.#unsentLimit();
  }

  send(message: EventMessage): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const encoded = this.#dialect.encode(message);
    if (encoded === undefined) return;
    this.#socket.send(encoded, TEXT_FRAME);
    if (this.#onUnread === undefined || this.unsentBytes <= this.unsentLimitBytes + MAX_UNREAD_BYTES) return;
    const tell = this.#onUnread;
    this.#onUnread = undefined;
    tell();
  }

  sendAudio(frame: Uint8Array, sequence: number, generation: number, sampleOffset: number): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    // Past ws, which would write header and payload as two buffers: a third of the cost of sending.
    this.#stream.write(this.#dialect.encodeAudio(frame, sequence, generation, sampleOffset));
  }

  continueAfter(frame: Uint8Array, sequence: number, generation: number): void {
    this.#dialect.encodeAudio(frame, sequence, generation, 0);
  }

  close(code: number, reason: string): void {
    if (this.#closeTimer !== undefined) return;
    this.#closeTimer = this.#clock.setTimer(CLOSE_GRACE_MS, () => this.#socket.terminate());
    this.#socket.close(code, reason);
  }

  /** Frees timer and encoders; called by the connection when the socket is gone. */
  closed(): void {
    this.#closeTimer?.cancel();
    this.#dialect.close();
  }

  #unsentLimit(): number {
    return ((this.leadMs + UNSENT_SLACK_MS) / FRAME_MS) * this.#dialect.audioMessageBytes;
  }
}
