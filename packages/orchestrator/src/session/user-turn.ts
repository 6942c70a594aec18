/**
 * Whether the user means what is being said: speech that has lasted as long as an interruption asks for an answer,
 * also where there was nothing to interrupt when it began. A "mm-hm" does not.
 */
export class UserTurn {
  #speaks = false;
  #isMeant = false;

  speechStarted(): void {
    this.#speaks = true;
  }

  speechSustained(): void {
    this.#isMeant = true;
  }

  speechStopped(): void {
    this.#speaks = false;
  }

  /** The system speaks on. Over a voice that never falls silent, such as a television's, nobody is waiting for an answer. */
  spokenOver(): void {
    if (this.#speaks) this.#isMeant = false;
  }

  /** The transcript of a turn has come: whether it was meant. Speech that goes on belongs to the next turn. */
  over(): boolean {
    const wasMeant = this.#isMeant;
    if (!this.#speaks) this.#isMeant = false;
    return wasMeant;
  }
}
