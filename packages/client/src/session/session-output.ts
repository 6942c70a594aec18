import type { ClientMessageV1, SessionLimits } from '@parley/protocol/client';
import { ParleyClientError } from '../client-error.ts';
import type { ClientClock } from '../clock.ts';
import { Confirmations } from './confirmations.ts';
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

/** Unconfirmed characters from which a writer waits for the server, as a part of the limit. */
const WRITER_SHARE = 1 / 16;

/** What a session says as text: sent now or later, each message processed once by the server. */
export class SessionOutput {
  readonly #options: SessionOutputOptions;
  readonly #outbox: Outbox;
  readonly #confirmations = new Confirmations();
  readonly #waiting: (() => void)[] = [];
  readonly #pace = new Pace();
  #cancelPump: (() => void) | undefined;
  #openedMs = 0;
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
    this.#pump();
    if (this.#isCrowded()) this.#askForConfirmation();
  }

  /** Sends what is of use only now, and says whether it did: not without a connection, nor where others wait. */
  sendNow(message: ClientMessageV1): boolean {
    const { connection } = this.#options;
    if (connection.state.kind !== 'open' || this.#outbox.next !== undefined) return false;
    if (!this.#outbox.add([message])) return false;
    this.#pump();
    return true;
  }

  /** Measures the round trip, and learns what the server has processed. */
  ping(): void {
    const t = this.#confirmations.nextT(this.#options.clock.nowMs());
    if (this.sendNow({ type: 'ping', t })) this.#confirmations.sent(t, this.#outbox.total);
  }

  /** The server answered a ping. */
  onPong(t: number): void {
    this.#confirm(this.#confirmations.answered(t));
    if (t >= this.#openedMs) this.#rttMs = this.#options.clock.nowMs() - t;
  }

  /** The session goes on over a new connection; the server has processed `count` messages. False: it cannot be. */
  onResumed(count: number, limits: SessionLimits): boolean {
    this.#begin(limits);
    const isTrue = this.#confirm(count);
    this.#pump();
    return isTrue;
  }

  /** A session begins with `first`; returns how many messages the former one left in doubt. */
  onNewSession(first: ClientMessageV1 | undefined, limits: SessionLimits): number {
    this.#confirmations.restart();
    const dropped = this.#outbox.restart(first);
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

  #letGo(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Sends what is to be sent, as fast as the server takes it. */
  #pump(): void {
    const { connection, clock } = this.#options;
    if (connection.state.kind !== 'open' || this.#cancelPump !== undefined) return;
    for (let json = this.#outbox.next; json !== undefined; json = this.#outbox.next) {
      const waitMs = this.#pace.take(clock.nowMs());
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
  }

  #isCrowded(): boolean {
    return this.#outbox.unconfirmedCharacters > this.#options.limitCharacters * WRITER_SHARE;
  }

  #askForConfirmation(): void {
    if (!this.#confirmations.isWaiting) this.ping();
  }

  #confirm(count: number): boolean {
    const isTrue = this.#outbox.confirm(Math.max(count, this.#outbox.confirmed));
    this.#letWrite();
    return isTrue;
  }

  #letWrite(): void {
    if (this.#isCrowded()) this.#askForConfirmation();
    else this.#letGo();
  }

  #begin({ max_messages_per_second: perSecond = 0 }: SessionLimits): void {
    const nowMs = this.#options.clock.nowMs();
    this.#openedMs = nowMs;
    this.#pace.restart(perSecond, nowMs);
    this.#cancelPump?.();
    this.#cancelPump = undefined;
    this.#outbox.rewind();
  }
}
