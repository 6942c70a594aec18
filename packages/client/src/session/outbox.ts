import { encodeClientMessageV1, type ClientMessageV1 } from '@parley/protocol/client';

interface Entry {
  readonly message: ClientMessageV1;
  readonly json: string;
  /** Goes before everything that is not. */
  readonly isUrgent: boolean;
}

/**
 * The text messages of a session that the server is not known to have processed, in order and bounded. The
 * server counts what it processed; after a cut, all that follows its count is sent again.
 */
export class Outbox {
  readonly #limitCharacters: number;
  readonly #entries: Entry[] = [];
  #confirmed = 0;
  #characters = 0;
  #pings = 0;
  /** Entries from the first on that were sent over this connection, and over any. */
  #sent = 0;
  #everSent = 0;

  /** @param limitCharacters most characters of JSON that may be unconfirmed */
  constructor(limitCharacters: number) {
    this.#limitCharacters = limitCharacters;
  }

  /** Messages that the server is known to have processed. */
  get confirmed(): number {
    return this.#confirmed;
  }

  /** Characters of JSON that are not confirmed. */
  get unconfirmedCharacters(): number {
    return this.#characters;
  }

  /** The message to send next over this connection; `undefined` when all was sent. */
  get next(): { readonly message: ClientMessageV1; readonly json: string } | undefined {
    return this.#entries[this.#sent];
  }

  /** Whether the answer to a ping is to come, sent or not. */
  get awaitsPong(): boolean {
    return this.#pings > 0;
  }

  /** Every message that is not confirmed, in order. */
  get messages(): readonly ClientMessageV1[] {
    return this.#entries.map(({ message }) => message);
  }

  /** Takes messages, all or none; false when there is no room for all. */
  add(messages: readonly ClientMessageV1[]): boolean {
    const entries = messages.map((message) => entryOf(message, false));
    const characters = countCharacters(entries);
    // What comes first always fits, whatever its size, or nothing could ever move.
    if (this.#entries.length > 0 && this.#characters + characters > this.#limitCharacters) return false;
    this.#entries.push(...entries);
    this.#count(entries, 1);
    return true;
  }

  /**
   * Takes messages that go before all that was never sent, after urgent ones that wait already. They always
   * fit: who adds them drops those they overrule.
   */
  addFirst(messages: readonly ClientMessageV1[]): void {
    const entries = messages.map((message) => entryOf(message, true));
    const lastUrgent = this.#entries.findLastIndex(({ isUrgent }) => isUrgent);
    this.#entries.splice(Math.max(this.#unsentFrom, lastUrgent + 1), 0, ...entries);
    this.#count(entries, 1);
  }

  /** Forgets what was never sent and passes; returns it. */
  dropUnsent(passes: (message: ClientMessageV1, isUrgent: boolean) => boolean): ClientMessageV1[] {
    const dropped: Entry[] = [];
    for (const entry of this.#entries.splice(this.#unsentFrom)) {
      if (passes(entry.message, entry.isUrgent)) dropped.push(entry);
      else this.#entries.push(entry);
    }
    this.#count(dropped, -1);
    return dropped.map(({ message }) => message);
  }

  /** Notes that {@link next} was sent. */
  markSent(): void {
    this.#sent += 1;
    this.#everSent = Math.max(this.#everSent, this.#sent);
  }

  /** Another connection: everything unconfirmed is to be sent again. */
  rewind(): void {
    this.#sent = 0;
  }

  /** Nothing that is not confirmed has arrived: it counts as never sent. */
  forgetSent(): void {
    this.#everSent = this.#sent;
  }

  /** Forgets the messages up to the `count`-th of the session; says whether the count can be true. */
  confirm(count: number): boolean {
    const known = count - this.#confirmed;
    if (known < 0 || known > this.#entries.length) return false;
    this.#count(this.#entries.splice(0, known), -1);
    this.#confirmed = count;
    this.#sent = Math.max(0, this.#sent - known);
    this.#everSent = Math.max(0, this.#everSent - known);
    return true;
  }

  /** Servers answer in order: a pong confirms the ping with this `t` and all before it. */
  confirmPing(t: number): void {
    const at = this.#entries.findIndex(({ message }) => message.type === 'ping' && message.t === t);
    if (at >= 0 && at < this.#sent) this.confirm(this.#confirmed + at + 1);
  }

  /**
   * Starts to count anew for another session with `first`, and keeps what was never sent; returns how many
   * messages it dropped of which nobody knows whether the former session processed them.
   */
  restart(first: ClientMessageV1 | undefined): number {
    const dropped = this.#everSent;
    const beginning = first === undefined ? [] : [entryOf(first, true)];
    this.#count(this.#entries.splice(0, dropped, ...beginning), -1);
    this.#count(beginning, 1);
    this.#confirmed = 0;
    this.#sent = 0;
    this.#everSent = 0;
    return dropped;
  }

  /** Entries before this one were sent over this connection, or another: their order is known elsewhere. */
  get #unsentFrom(): number {
    return Math.max(this.#sent, this.#everSent);
  }

  #count(entries: readonly Entry[], sign: 1 | -1): void {
    this.#characters += sign * countCharacters(entries);
    this.#pings += sign * entries.filter(({ message }) => message.type === 'ping').length;
  }
}

function entryOf(message: ClientMessageV1, isUrgent: boolean): Entry {
  return { message, json: encodeClientMessageV1(message), isUrgent };
}

function countCharacters(entries: readonly Entry[]): number {
  return entries.reduce((sum, { json }) => sum + json.length, 0);
}
