/** One thing said in a conversation. */
export interface HistoryEntry {
  readonly role: 'user' | 'assistant';
  /** For the assistant only what the user has heard of it. */
  readonly text: string;
}

/** Characters that are kept: some 10,000 tokens. */
const MAX_CHARACTERS = 40_000;

/** What was said in one conversation, up to a limit; the oldest entries make room for the newest. */
export class History {
  readonly #limit: number;
  #entries: readonly HistoryEntry[] = [];

  /** `limit`: most entries kept; 0 keeps none. Of characters 40,000 are kept at most. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Oldest first; a new array after each change. */
  get entries(): readonly HistoryEntry[] {
    return this.#entries;
  }

  /**
   * Adds an entry; what the same side says twice in a row becomes one entry. An empty text adds nothing, and of
   * one that is too long the end is kept.
   */
  add({ role, text }: HistoryEntry): void {
    const said = text.trim();
    if (this.#limit === 0 || said === '') return;
    const last = this.#entries.at(-1);
    const continues = last?.role === role;
    const earlier = continues ? this.#entries.slice(0, -1) : this.#entries;
    const newest = (continues ? `${last.text} ${said}` : said).slice(-MAX_CHARACTERS);
    this.#entries = withinLimits([...earlier, { role, text: newest }], this.#limit);
  }
}

function withinLimits(entries: readonly HistoryEntry[], limit: number): readonly HistoryEntry[] {
  let characters = 0;
  let first = entries.length;
  for (const { text } of entries.toReversed()) {
    characters += text.length;
    if (characters > MAX_CHARACTERS || entries.length - first >= limit) break;
    first -= 1;
  }
  return entries.slice(first);
}
