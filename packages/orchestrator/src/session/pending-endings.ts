/** Ends an utterance with how far the session's audio had been played; `undefined`: nobody knows better. */
export type TellEnding = (playedSamples: number | undefined) => void;

/**
 * Utterances that were cut off and whose client is being asked how far it had played. Told in order, once each.
 */
export class PendingEndings {
  #waiting: TellEnding[] = [];

  /** Adds one. */
  add(tell: TellEnding): void {
    this.#waiting.push(tell);
  }

  /** Tells all that wait. */
  settle(playedSamples?: number): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const tell of waiting) tell(playedSamples);
  }
}
