/** A timer of a {@link FakeClock}. */
export interface FakeTimer {
  /** Calls the timer off. Idempotent. */
  cancel(): void;
}

interface Entry {
  dueMs: number;
  readonly order: number;
  readonly periodMs: number | undefined;
  readonly onDue: () => void;
}

/** Time that moves only when a test moves it. Fits the orchestrator's `Clock` port. */
export class FakeClock {
  #nowMs: number;
  #order = 0;
  readonly #startWallMs: number;
  readonly #entries = new Set<Entry>();

  /** Monotonic time starts at 0, wall time at `startWallMs`: 1 January 2030 by default. */
  constructor(startWallMs: number = Date.UTC(2030, 0, 1)) {
    this.#nowMs = 0;
    this.#startWallMs = startWallMs;
  }

  /** Timers and intervals that are still to fire: 0 when everything was cleaned up. */
  get pending(): number {
    return this.#entries.size;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#startWallMs + this.#nowMs;
  }

  setTimer(delayMs: number, onDue: () => void): FakeTimer {
    return this.#add(delayMs, undefined, onDue);
  }

  setInterval(periodMs: number, onTick: () => void): FakeTimer {
    if (!(periodMs > 0)) throw new RangeError(`an interval of ${periodMs} ms would never end`);
    return this.#add(periodMs, periodMs, onTick);
  }

  /**
   * Moves time on by `ms` and calls what falls due, in order of due time and then of creation; each callback
   * sees the moment it was due. Promises settled by a callback run only once the caller awaits.
   */
  advance(ms: number): void {
    const end = this.#nowMs + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      if (next.periodMs === undefined) this.#entries.delete(next);
      else next.dueMs += next.periodMs;
      next.onDue();
    }
    this.#nowMs = end;
  }

  #add(delayMs: number, periodMs: number | undefined, onDue: () => void): FakeTimer {
    this.#order += 1;
    const entry: Entry = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order, periodMs, onDue };
    this.#entries.add(entry);
    return { cancel: () => void this.#entries.delete(entry) };
  }

  #next(endMs: number): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.#entries) {
      if (entry.dueMs > endMs) continue;
      if (first === undefined || entry.dueMs < first.dueMs) first = entry;
      else if (entry.dueMs === first.dueMs && entry.order < first.order) first = entry;
    }
    return first;
  }
}
