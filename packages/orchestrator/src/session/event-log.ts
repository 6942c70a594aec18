import type { EventMessage } from './ports/client-link.ts';

/** Most messages kept for a client that comes back; with more than that missed, it cannot. */
const MAX_KEPT = 1000;
/** Most characters kept, about. */
const MAX_KEPT_CHARACTERS = 256 * 1024;

/**
 * What a client was told, numbered from 1, so that it can be told again what it missed while its connection was
 * gone. The oldest make room for the newest.
 */
export class EventLog {
  readonly #kept: { readonly message: EventMessage; readonly characters: number }[] = [];
  #characters = 0;
  #count = 0;

  /** Adds a message. */
  add(message: EventMessage): void {
    this.#count += 1;
    const characters = charactersOf(message);
    this.#kept.push({ message, characters });
    this.#characters += characters;
    while (this.#kept.length > MAX_KEPT || this.#characters > MAX_KEPT_CHARACTERS) {
      this.#characters -= this.#kept.shift()?.characters ?? 0;
    }
  }

  /** The messages after the first `received` ones, or `undefined` when some of them are no longer kept. */
  after(received: number): readonly EventMessage[] | undefined {
    const missed = this.#count - received;
    if (missed < 0 || missed > this.#kept.length) return undefined;
    return missed === 0 ? [] : this.#kept.slice(-missed).map(({ message }) => message);
  }
}

/** Names and numbers of a message. */
const FIELDS_CHARACTERS = 64;

/** About as many as its JSON has, without making that. */
function charactersOf(message: EventMessage): number {
  let characters = FIELDS_CHARACTERS;
  for (const value of Object.values(message)) {
    if (typeof value === 'string') characters += value.length;
    else if (typeof value === 'object') characters += JSON.stringify(value).length;
  }
  return characters;
}
