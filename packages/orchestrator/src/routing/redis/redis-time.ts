import { numbersOf, type RedisScript } from '@parley/worker-api';
import type { Clock } from '../../session/ports/clock.ts';
import type { LeaseLink } from './lease-link.ts';

/** The clock of Redis as known here, for scripts that must not run when nobody waits for them any more. */
export class RedisTime {
  readonly #clock: Clock;
  /** Time of Redis less our monotonic time, in ms; `undefined` before its first answer. */
  #offsetMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Runs a script whose first argument is the last moment at which it may, and whose answer is a list of numbers,
   * the second of which is the time. Throws as `RedisLink.script` does.
   */
  async run(
    link: LeaseLink,
    script: RedisScript,
    keys: readonly string[],
    args: readonly string[],
    timeoutMs: number,
  ): Promise<readonly number[]> {
    const reply = numbersOf(
      await link.script(script, keys, [`${this.#lastMoment(timeoutMs)}`, ...args], { timeoutMs }),
    );
    const [, nowMs] = reply;
    if (nowMs !== undefined) this.#offsetMs = nowMs - this.#clock.nowMs();
    return reply;
  }

  #lastMoment(timeoutMs: number): number {
    if (this.#offsetMs === undefined) return Number.MAX_SAFE_INTEGER;
    return Math.ceil(this.#clock.nowMs() + this.#offsetMs + timeoutMs);
  }
}
