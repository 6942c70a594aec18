import { encodeClientMessageV1, type ClientMessageV1 } from '@parley/protocol/client';

/** A message that the server has not confirmed. */
interface Entry {
  readonly encoded: string;
  /** Whether it was ever given to a socket. */
  wasSent: boolean;
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
    return this.#confirmed + this.#entries.length;
  }

  /** Characters of JSON that are not confirmed. */
  get unconfirmedCharacters(): number {
    return this.#characters;
  }

  /** Takes the next messages, all or none, and returns their JSON; `undefined` when there is no room for all. */
  add(messages: readonly ClientMessageV1[]): string[] | undefined {
    const encoded = messages.map((message) => encodeClientMessageV1(message));
    const characters = encoded.reduce((sum, { length }) => sum + length, 0);
    // What comes first always fits, whatever its size, or nothing could ever move.
    if (this.#entries.length > 0 && this.#characters + characters > this.#limitCharacters) return undefined;
    this.#entries.push(...encoded.map((json) => ({ encoded: json, wasSent: false })));
    this.#characters += characters;
    return encoded;
  }

  /** Forgets the messages up to the `count`-th of the session; says whether the count can be true. */
  confirm(count: number): boolean {
    if (count > this.total) return false;
    const known = count - this.#confirmed;
    if (known <= 0) return known === 0;
    for (const { encoded } of this.#entries.splice(0, known)) this.#characters -= encoded.length;
    this.#confirmed = count;
    return true;
  }

  /** Hands out everything unconfirmed, in order, and notes that it was sent. */
  *resend(): Generator<string> {
    for (const entry of this.#entries) {
      entry.wasSent = true;
      yield entry.encoded;
    }
  }

  /** Notes that everything so far was sent. */
  markSent(): void {
    for (let i = this.#entries.length - 1; i >= 0; i -= 1) {
      const entry = this.#entries[i];
      if (entry === undefined || entry.wasSent) return;
      entry.wasSent = true;
    }
  }

  /**
   * Starts to count anew for another session with `first`, and keeps what was never sent; returns how many
   * messages it dropped of which nobody knows whether the former session processed them.
   */
  restart(first: ClientMessageV1 | undefined): number {
    const unsent = this.#entries.filter(({ wasSent }) => !wasSent);
    const dropped = this.#entries.length - unsent.length;
    const beginning = first === undefined ? [] : [{ encoded: encodeClientMessageV1(first), wasSent: false }];
    this.#entries.splice(0, this.#entries.length, ...beginning, ...unsent);
    this.#characters = this.#entries.reduce((sum, { encoded }) => sum + encoded.length, 0);
    this.#confirmed = 0;
    return dropped;
  }
}
