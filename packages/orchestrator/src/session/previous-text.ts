import type { Utterance } from './conversation.ts';

/** What is said right before the next text, for the pause that belongs between the two. */
export class PreviousText {
  #last: { readonly utteranceId: string; readonly text: string } | undefined;

  /** A text is given to a worker. Returns what is said right before it; empty after a silence. */
  next(utteranceId: string, text: string): string {
    const previous = this.#last?.text ?? '';
    this.#last = { utteranceId, text };
    return previous;
  }

  /** Nobody speaks: what of `utterances` is still to be heard is not what was said last, or it was heard to its end. */
  onSilence(utterances: readonly Utterance[]): void {
    const last = utterances.find(({ id }) => id === this.#last?.utteranceId);
    if (last === undefined || (last.announced && last.waiting)) this.#last = undefined;
  }

  /** What was said has been cut off. */
  forget(): void {
    this.#last = undefined;
  }
}
