import type { ClientMessageV1, ControlCommand, SessionLimits } from '@parley/protocol/client';
import { ParleyClientError } from '../client-error.ts';
import type { ClientClock } from '../clock.ts';
import type { Connection } from './connection.ts';
import { Outbox } from './outbox.ts';
import { Pace } from './pace.ts';

/** Options of {@link SessionOutput}. */
export interface SessionOutputOptions {
  readonly connection: Pick<Connection, 'send' | 'state'>;
  readonly clock: ClientClock;
  /** Most characters of JSON that may be unconfirmed. */
  readonly limitCharacters: number;
}

/** A message between two pings: what comes between their pongs is about it, as servers answer in order. */
export interface Bracket {
  /** `t` of the ping before it. */
  readonly beforeT: number;
  /** `t` of the ping after it. */
  readonly afterT: number;
}

/** What came of a STOP. */
export interface StopSent {
  /** `t` of the ping behind it: speech that comes before its pong was sent before the server knew. */
  readonly t: number;
  /** Utterances of which the server never got a word, and of which it will tell no end. */
  readonly unsentUtterances: readonly string[];
}

/** Unconfirmed characters from which a writer waits for the server, as a part of the limit. */
const WRITER_SHARE = 1 / 16;

/** What a session says as text: sent now or later, each message processed once by the server. */
export class SessionOutput {
  readonly #options: SessionOutputOptions;
  readonly #outbox: Outbox;
  readonly #waiting: (() => void)[] = [];
  readonly #pace = new Pace();
  /** Servers count commands apart from all else, so that they are never held back by it. */
  readonly #commandPace = new Pace();
  /** Utterances that were begun and have not ended, and the texts that begin one. */
  readonly #begun = new Set<string>();
  readonly #beginnings = new WeakSet<ClientMessageV1>();
  #cancelPump: (() => void) | undefined;
  #openedMs = 0;
  #lastT = -Infinity;
  /** `t` of the ping that measures the round trip. */
  #measuringT: number | undefined;
  #rttMs: number | undefined;

  constructor(options: SessionOutputOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options.limitCharacters);
  }

  /** Last measured round trip, in ms. */
  get rttMs(): number | undefined {
    return this.#rttMs;
  }

  /**
   * Sends all of the messages, or keeps them until there is a connection.
   *
   * @throws ParleyClientError `OUTBOX_FULL`; none of them was taken then
   */
  send(...messages: readonly ClientMessageV1[]): void {
    if (!this.#outbox.add(messages)) {
      throw new ParleyClientError(
        'OUTBOX_FULL',
        `More than ${this.#options.limitCharacters} characters wait for the server: write to a stream, whose write() says when there is room.`,
      );
    }
    for (const message of messages) this.#noteBeginning(message);
    this.#pump();
    if (this.#isCrowded()) this.#askForConfirmation();
  }

  /** As {@link send}, with a ping on either side. */
  sendBracketed(message: ClientMessageV1): Bracket {
    const beforeT = this.#nextT();
    const afterT = this.#nextT();
    this.send({ type: 'ping', t: beforeT }, message, { type: 'ping', t: afterT });
    return { beforeT, afterT };
  }

  /** Holds speech or lets it go on: before all that waits, in place of what it overrules. Never throws. */
  sendCommand(command: Exclude<ControlCommand, 'STOP'>): void {
    this.#outbox.dropUnsent((message) => message.type === 'control' && message.command !== 'STOP');
    this.#sendFirst({ type: 'control', command });
  }

  /** Stops speech, before all that waits; text that waits is stopped by not being sent. Never throws. */
  sendStop(): StopSent {
    const dropped = this.#outbox.dropUnsent((message, isUrgent) => {
      if (message.type === 'ping') return isUrgent;
      return message.type === 'control' || message.type === 'text';
    });
    const t = this.#nextT();
    this.#sendFirst({ type: 'control', command: 'STOP' }, { type: 'ping', t });
    this.#letWrite();
    const unsent = dropped.flatMap((message) => (this.#beginnings.has(message) ? utteranceOf(message) : []));
    for (const utteranceId of unsent) this.#begun.delete(utteranceId);
    return { t, unsentUtterances: unsent };
  }

  /** Sends what is of use only now, and says whether it did: not without a connection, nor where others wait. */
  sendNow(message: ClientMessageV1): boolean {
    const { connection } = this.#options;
    if (connection.state.kind !== 'open' || this.#outbox.next !== undefined) return false;
    if (!this.#outbox.add([message])) return false;
    this.#pump();
    return true;
  }

  /** Tells the server that the sink was cleared, before all that waits; not without a connection. */
  sendCleared(message: Extract<ClientMessageV1, { type: 'cleared' }>): void {
    if (this.#options.connection.state.kind === 'open') this.#sendFirst(message);
  }

  /** Measures the round trip, and learns what the server has processed. */
  ping(): void {
    const t = this.#nextT();
    if (this.sendNow({ type: 'ping', t })) this.#measuringT = t;
  }

  /** The server answered a ping. */
  onPong(t: number): void {
    this.#outbox.confirmPing(t);
    this.#letWrite();
    if (t === this.#measuringT && t >= this.#openedMs) this.#rttMs = this.#options.clock.nowMs() - t;
  }

  /** An utterance is over. */
  onUtteranceEnd(utteranceId: string): void {
    this.#begun.delete(utteranceId);
  }

  /** The session goes on over a new connection; the server has processed `count` messages. False: it cannot be. */
  onResumed(count: number, limits: SessionLimits): boolean {
    this.#begin(limits);
    const isTrue = this.#outbox.confirm(Math.max(count, this.#outbox.confirmed));
    if (isTrue) this.#outbox.forgetSent();
    this.#letWrite();
    this.#pump();
    return isTrue;
  }

  /** A session begins with `first`; returns how many messages the former one left in doubt. */
  onNewSession(first: ClientMessageV1 | undefined, limits: SessionLimits): number {
    const dropped = this.#outbox.restart(first);
    this.#begun.clear();
    for (const utteranceId of this.#outbox.messages.flatMap(utteranceOf)) this.#begun.add(utteranceId);
    this.#begin(limits);
    this.#pump();
    this.#letWrite();
    return dropped;
  }

  /** Resolves when a writer may go on. */
  room(): Promise<void> {
    if (!this.#isCrowded()) return Promise.resolve();
    this.#askForConfirmation();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Ends it: nothing more is sent, and everyone who waits is let go. */
  close(): void {
    this.#cancelPump?.();
    this.#letGo();
  }

  #sendFirst(...messages: readonly ClientMessageV1[]): void {
    this.#outbox.addFirst(messages);
    // What waits for its turn may be overtaken.
    this.#cancelPump?.();
    this.#cancelPump = undefined;
    this.#pump();
  }

  #noteBeginning(message: ClientMessageV1): void {
    for (const utteranceId of utteranceOf(message)) {
      if (!this.#begun.has(utteranceId)) this.#beginnings.add(message);
      this.#begun.add(utteranceId);
    }
  }

  #nextT(): number {
    this.#lastT = Math.max(this.#options.clock.nowMs(), this.#lastT + 0.001);
    return this.#lastT;
  }

  #letGo(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Sends what is to be sent, as fast as the server takes it. */
  #pump(): void {
    const { connection, clock } = this.#options;
    if (connection.state.kind !== 'open' || this.#cancelPump !== undefined) return;
    for (let next = this.#outbox.next; next !== undefined; next = this.#outbox.next) {
      const { json, message } = next;
      const pace = message.type === 'control' ? this.#commandPace : this.#pace;
      const waitMs = pace.take(clock.nowMs());
      if (waitMs > 0) {
        this.#cancelPump = clock.after(waitMs, () => {
          this.#cancelPump = undefined;
          this.#pump();
        });
        return;
      }
      if (!connection.send(json)) return;
      this.#outbox.markSent();
    }
    if (this.#waiting.length > 0) this.#askForConfirmation();
  }

  #isCrowded(): boolean {
    return this.#outbox.unconfirmedCharacters > this.#options.limitCharacters * WRITER_SHARE;
  }

  #askForConfirmation(): void {
    if (!this.#outbox.awaitsPong) this.ping();
  }

  #letWrite(): void {
    if (this.#isCrowded()) this.#askForConfirmation();
    else this.#letGo();
  }

  #begin({ max_messages_per_second: perSecond = 0 }: SessionLimits): void {
    const nowMs = this.#options.clock.nowMs();
    this.#openedMs = nowMs;
    this.#pace.restart(perSecond, nowMs);
    this.#commandPace.restart(perSecond, nowMs);
    this.#cancelPump?.();
    this.#cancelPump = undefined;
    this.#outbox.rewind();
  }
}

function utteranceOf(message: ClientMessageV1): readonly string[] {
  if (message.type !== 'text' || !('utterance_id' in message)) return [];
  return message.utterance_id === undefined ? [] : [message.utterance_id];
}
