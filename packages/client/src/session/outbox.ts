import { encodeClientMessageV1, type ClientMessageV1 } from '@parley/protocol/client';

/**
 * The text messages of a session that the server is not known to have processed, in order and bounded. The
 * server counts what it processed; after a cut, all that follows its count is sent again.
 */
export class Outbox {
  readonly #limitCharacters: number;
  readonly #encoded: string[] = [];
  #confirmed = 0;
  #characters = 0;
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

  /** Messages of the session so far, confirmed or not. */
  get total(): number {
    return this.#confirmed + this.#encoded.length;
  }

  /** Characters of JSON that are not confirmed. */
  get unconfirmedCharacters(): number {
    return this.#characters;
  }

  /** The JSON to send next over this connection; `undefined` when all was sent. */
  get next(): string | undefined {
    return this.#encoded[this.#sent];
  }

  /** Takes messages, all or none; false when there is no room for all. */
  add(messages: readonly ClientMessageV1[]): boolean {
    const encoded = messages.map((message) => encodeClientMessageV1(message));
    const characters = encoded.reduce((sum, { length }) => sum + length, 0);
    // What comes first always fits, whatever its size, or nothing could ever move.
    if (this.#encoded.length > 0 && this.#characters + characters > this.#limitCharacters) return false;
    this.#encoded.push(...encoded);
    this.#characters += characters;
    return true;
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

  /** Forgets the messages up to the `count`-th of the session; says whether the count can be true. */
  confirm(count: number): boolean {
    const known = count - this.#confirmed;
    if (known < 0 || known > this.#encoded.length) return false;
    for (const { length } of this.#encoded.splice(0, known)) this.#characters -= length;
    this.#confirmed = count;
    this.#sent = Math.max(0, this.#sent - known);
    this.#everSent = Math.max(0, this.#everSent - known);
    return true;
  }

  /**
   * Starts to count anew for another session with `first`, and keeps what was never sent; returns how many
   * messages it dropped of which nobody knows whether the former session processed them.
   */
  restart(first: ClientMessageV1 | undefined): number {
    const dropped = this.#everSent;
    const beginning = first === undefined ? [] : [encodeClientMessageV1(first)];
    this.#encoded.splice(0, dropped, ...beginning);
    this.#characters = this.#encoded.reduce((sum, { length }) => sum + length, 0);
    this.#confirmed = 0;
    this.#sent = 0;
    this.#everSent = 0;
    return dropped;
  }
}
