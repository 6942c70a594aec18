import type { Clock } from '../session/ports/clock.ts';
import type { LoadLock, LoadPermit } from './load-lock.ts';

/** The lock of a single orchestrator. */
export class MemoryLoadLock implements LoadLock {
  readonly #clock: Clock;
  readonly #holders = new Map<string, { readonly untilMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async tryAcquire(workerName: string, holdMs: number): Promise<LoadPermit | undefined> {
    const nowMs = this.#clock.nowMs();
    const holder = this.#holders.get(workerName);
    if (holder !== undefined && nowMs < holder.untilMs) return undefined;
    const mine = { untilMs: nowMs + holdMs };
    this.#holders.set(workerName, mine);
    return {
      release: async () => {
        if (this.#holders.get(workerName) === mine) this.#holders.delete(workerName);
      },
    };
  }
}
