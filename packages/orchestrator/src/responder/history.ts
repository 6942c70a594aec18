/** One thing said in a conversation. */
export interface HistoryEntry {
  readonly role: 'user' | 'assistant';
  /** For the assistant only what the user has heard of it. */
  readonly text: string;
}

/** What was said in one conversation, up to a limit; the oldest entries make room for the newest. */
export class History {
  readonly #limit: number;
  #entries: readonly HistoryEntry[] = [];

  /** `limit`: most entries kept; 0 keeps none. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Oldest first; a new array after each change. */
  get entries(): readonly HistoryEntry[] {
    return this.#entries;
  }

  /** Adds an entry; what the same side says twice in a row becomes one entry. */
  add(entry: HistoryEntry): void {
    if (this.#limit === 0) return;
    const last = this.#entries.at(-1);
    this.#entries =
      last?.role === entry.role
        ? [...this.#entries.slice(0, -1), { ...last, text: `${last.text} ${entry.text}` }]
        : [...this.#entries, entry].slice(-this.#limit);
  }
}
