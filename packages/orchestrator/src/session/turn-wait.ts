import type { Clock } from './ports/clock.ts';
import type { SessionTimers } from './session-timers.ts';

/** How long what is to be said waits for a voice that goes on and on; words of it start that time anew. */
const PATIENCE_MS = 15_000;
/** With all the words: by then it is a television. */
const LONGEST_MS = 60_000;

/** The wait of what is to be said for a user who speaks just then. Its timer is the session's, which ends it. */
export class TurnWait {
  readonly #timers: SessionTimers;
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #sinceMs = 0;

  /** `onDue`: called when the user has spoken for too long. */
  constructor(timers: SessionTimers, clock: Clock, onDue: () => void) {
    this.#timers = timers;
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Begins, anew if it has begun. */
  begin(): void {
    this.#sinceMs = this.#clock.nowMs();
    this.#wait();
  }

  /** The user says words: if anything waits, it goes on waiting. */
  onWords(): void {
    if (this.#timers.isWaiting('turn')) this.#wait();
  }

  #wait(): void {
    const leftMs = this.#sinceMs + LONGEST_MS - this.#clock.nowMs();
    this.#timers.start('turn', Math.max(0, Math.min(PATIENCE_MS, leftMs)), this.#onDue);
  }
}
