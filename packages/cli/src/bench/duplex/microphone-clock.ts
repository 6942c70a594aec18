import type { DuplexSession } from './duplex-session.ts';

const FRAME_MS = 20;
const TICK_MS = 4;
const TICKS = FRAME_MS / TICK_MS;

/**
 * Sends every session's microphone audio, 20 ms at a time by an absolute clock. A fifth of the sessions at each
 * tick, as their clocks are not in step.
 */
export class MicrophoneClock {
  readonly #sessions: readonly DuplexSession[];
  #timer: NodeJS.Timeout | undefined;
  #ticks = 0;

  constructor(sessions: readonly DuplexSession[]) {
    this.#sessions = sessions;
  }

  /** Begins. */
  start(): void {
    const startMs = performance.now();
    this.#timer = setInterval(() => {
      const due = Math.floor((performance.now() - startMs) / TICK_MS);
      for (; this.#ticks < due; this.#ticks += 1) this.#send(this.#ticks % TICKS);
    }, TICK_MS);
  }

  /** Ends. Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #send(phase: number): void {
    for (let index = phase; index < this.#sessions.length; index += TICKS) {
      this.#sessions[index]?.sendMicrophone();
    }
  }
}
