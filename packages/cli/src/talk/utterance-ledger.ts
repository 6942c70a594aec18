import { splitText } from '../say/split-text.ts';

/** Well below what a server queues by default, so that a long script is fed as it is spoken. */
const MAX_AHEAD_UTTERANCES = 20;
const MAX_AHEAD_CHARACTERS = 20_000;
const MAX_UTTERANCE_CHARACTERS = 5000;

/** Keeps the account of what was typed: what waits here, and what the server has and has not yet ended. */
export class UtteranceLedger {
  readonly #send: (text: string) => void;
  readonly #waiting: string[] = [];
  /** Utterances at the server, oldest first. */
  readonly #ahead: string[] = [];
  #maxAhead = MAX_AHEAD_UTTERANCES;

  /** `send` hands a whole utterance (1 to 5,000 characters) to the server. */
  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  /** Nothing waits and nothing is being said. */
  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#ahead.length === 0;
  }

  /** Utterances that wait here. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Adds a typed line; a very long one becomes several utterances. */
  add(line: string): void {
    for (let rest = line; rest !== '';) {
      const { head, tail } = cutAtSpace(rest);
      if (head.trim() !== '') this.#waiting.push(head);
      rest = tail;
    }
    this.#sendOn();
  }

  /** Takes note of an utterance at the server having ended. */
  ended(): void {
    this.#ahead.shift();
    this.#sendOn();
  }

  /**
   * Takes note of the server having refused the utterance sent last. With `mayRetry` it is sent again when
   * another one has ended. Returns whether it will be.
   */
  refused(mayRetry: boolean): boolean {
    const text = this.#ahead.pop();
    const willRetry = mayRetry && text !== undefined && this.#ahead.length > 0;
    if (willRetry) {
      this.#waiting.unshift(text);
      this.#maxAhead = this.#ahead.length;
    } else {
      this.#sendOn();
    }
    return willRetry;
  }

  /** Forgets what waits here. */
  drop(): void {
    this.#waiting.length = 0;
  }

  #sendOn(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const ahead = this.#ahead.reduce((sum, text) => sum + text.length, 0);
      const hasRoom = this.#ahead.length < this.#maxAhead && ahead + next.length <= MAX_AHEAD_CHARACTERS;
      if (!hasRoom) return;
      this.#waiting.shift();
      this.#ahead.push(next);
      this.#send(next);
    }
  }
}

function cutAtSpace(text: string): { readonly head: string; readonly tail: string } {
  const cut = splitText(text, MAX_UTTERANCE_CHARACTERS);
  const space = cut.tail === '' ? -1 : cut.head.lastIndexOf(' ');
  return space <= 0 ? cut : { head: text.slice(0, space), tail: text.slice(space + 1) };
}
