import type { SessionState } from './session-state.ts';

/**
 * Whether the user means what is being said: speech that has lasted as long as an interruption asks for an answer,
 * also where there was nothing to interrupt when it began. A "mm-hm" does not.
 */
export class UserTurn {
  #speaks = false;
  #isMeant = false;
  /** It began while the system was heard. */
  #isTalkedOver = false;
  /** The system has spoken on over it while it lasted. */
  #isSpokenOver = false;

  /** The user begins to speak in this state of the conversation. */
  speechStarted(state: SessionState): void {
    this.#speaks = true;
    this.#isSpokenOver = false;
    // A second sound while speech is held belongs to the first.
    if (state !== 'BARGED_IN') this.#isTalkedOver = state === 'SPEAKING';
  }

  /** Whether it is more than a sound in passing. */
  get isMeant(): boolean {
    return this.#isMeant;
  }

  get isSpeaking(): boolean {
    return this.#speaks;
  }

  speechSustained(): void {
    this.#isMeant = true;
  }

  /** So many words were understood as make an interruption, perhaps only after the system had spoken on. */
  wordsUnderstood(): void {
    if (!this.#isSpokenOver) this.#isMeant = true;
  }

  speechStopped(): void {
    this.#speaks = false;
  }

  /** The system speaks on. Over a voice that never falls silent, such as a television's, nobody is waiting for an answer. */
  spokenOver(): void {
    if (!this.#speaks) return;
    this.#isMeant = false;
    this.#isSpokenOver = true;
  }

  /**
   * The transcript of a turn has come in this state: whether it asks for an answer. What was only said in passing
   * does as long as nothing is heard, and never ends what is. Speech that goes on belongs to the next turn.
   */
  over(state: SessionState): boolean {
    const isUnheard = state === 'LISTENING' || (state === 'BARGED_IN' && !this.#isTalkedOver);
    const asks = this.#isMeant || isUnheard;
    if (!this.#speaks) this.#isMeant = false;
    return asks;
  }
}
