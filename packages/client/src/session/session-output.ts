import type { ClientMessageV1 } from '@parley/protocol/client';
import { ParleyClientError } from '../client-error.ts';
import type { ClientClock } from '../clock.ts';
import { Confirmations } from './confirmations.ts';
import type { Connection } from './connection.ts';
import { Outbox } from './outbox.ts';

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
    if (!this.#take(messages)) {
      throw new ParleyClientError(
        'OUTBOX_FULL',
        `More than ${this.#options.limitCharacters} characters wait for the server: write to a stream, whose write() says when there is room.`,
      );
    }
    if (this.#isCrowded()) this.#askForConfirmation();
  }

  /** Sends what is of use only now; drops it where there is no connection or no room, and says whether it was taken. */
  sendNow(message: ClientMessageV1): boolean {
    return this.#options.connection.state.kind === 'open' && this.#take([message]);
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
  onResumed(count: number): boolean {
    this.#openedMs = this.#options.clock.nowMs();
    this.#confirmations.covered(count);
    const isTrue = this.#confirm(count);
    this.#resend();
    return isTrue;
  }

  /** A session begins with `first`; returns how many messages the former one left in doubt. */
  onNewSession(first: ClientMessageV1 | undefined): number {
    this.#openedMs = this.#options.clock.nowMs();
    this.#confirmations.restart();
    const dropped = this.#outbox.restart(first);
    this.#resend();
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

  /** Lets everyone go who waits: there is nothing to wait for any more. */
  close(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #take(messages: readonly ClientMessageV1[]): boolean {
    const encoded = this.#outbox.add(messages);
    if (encoded === undefined) return false;
    let wasSent = false;
    for (const json of encoded) wasSent = this.#options.connection.send(json);
    if (wasSent) this.#outbox.markSent();
    return true;
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
    else this.close();
  }

  #resend(): void {
    for (const encoded of this.#outbox.resend()) this.#options.connection.send(encoded);
  }
}
