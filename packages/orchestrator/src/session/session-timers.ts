import type { Clock, Timer } from './ports/clock.ts';

/** The waits of a session; each name is one wait, and starting it again starts it anew. */
export type WaitName = 'idle' | 'duration' | 'text' | 'resume' | 'turn' | 'reconnect' | 'cleared';

/** All timers of one session, so that its one exit can call them all off. */
export class SessionTimers {
  readonly #clock: Clock;
  readonly #onFault: (error: unknown) => void;
  readonly #waits = new Map<WaitName, Timer>();

  /** `onFault` is told what a callback throws: a fault in Parley that must not touch other sessions. */
  constructor(clock: Clock, onFault: (error: unknown) => void) {
    this.#clock = clock;
    this.#onFault = onFault;
  }

  /** Calls `onDue` once after `delayMs`, unless stopped or started again before. */
  start(name: WaitName, delayMs: number, onDue: () => void): void {
    this.stop(name);
    const guarded = (): void => {
      this.#waits.delete(name);
      try {
        onDue();
      } catch (error) {
        this.#onFault(error);
      }
    };
    this.#waits.set(name, this.#clock.setTimer(delayMs, guarded));
  }

  /** Whether a wait has begun and is not over. */
  isWaiting(name: WaitName): boolean {
    return this.#waits.has(name);
  }

  /** Calls a wait off. Idempotent. */
  stop(name: WaitName): void {
    this.#waits.get(name)?.cancel();
    this.#waits.delete(name);
  }

  /** Calls all waits off. */
  stopAll(): void {
    for (const timer of this.#waits.values()) timer.cancel();
    this.#waits.clear();
  }
}
