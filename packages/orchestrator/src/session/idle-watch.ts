import type { Conversation } from './conversation.ts';
import type { Clock } from './ports/clock.ts';
import type { SessionTimers } from './session-timers.ts';

/** Options of an {@link IdleWatch}. */
export interface IdleWatchOptions {
  readonly clock: Clock;
  /** Belong to the session. */
  readonly timers: SessionTimers;
  /** How long nobody may attend to the session, in ms. */
  readonly timeoutMs: number;
  readonly conversation: () => Conversation;
  readonly onIdle: () => void;
}

/** Notices that nobody attends to a session any more: no message, no voice, and nothing that is being said. */
export class IdleWatch {
  readonly #options: IdleWatchOptions;
  #lastActivityMs: number;

  constructor(options: IdleWatchOptions) {
    this.#options = options;
    this.#lastActivityMs = options.clock.nowMs();
  }

  /** Somebody is there. */
  attended(): void {
    this.#lastActivityMs = this.#options.clock.nowMs();
  }

  /** One timer a session, set again when it fires: a message costs no timer work. */
  start(delayMs: number = this.#options.timeoutMs): void {
    const { clock, conversation, onIdle, timeoutMs, timers } = this.#options;
    timers.start('idle', delayMs, () => {
      const { state, paused, userSpeaking } = conversation();
      const idleMs = clock.nowMs() - this.#lastActivityMs;
      if (userSpeaking || (state === 'SPEAKING' && !paused)) this.start();
      else if (idleMs < timeoutMs) this.start(timeoutMs - idleMs);
      else onIdle();
    });
  }
}
