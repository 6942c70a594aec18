import type { Clock, Timer } from '../../session/ports/clock.ts';

interface Entry {
  readonly dueMs: number;
  readonly order: number;
  readonly onDue: () => void;
  isCancelled: boolean;
}

/** Wall time at which a simulation begins. */
const START_WALL_MS = Date.UTC(2030, 0, 1);

/** Time that jumps from one event to the next, for simulations with many of them. Fits the `Clock` port. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #order = 0;
  /** A binary heap: the earliest event first, and of those at the same time the one that was set first. */
  readonly #heap: Entry[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return START_WALL_MS + this.#nowMs;
  }

  setTimer(delayMs: number, onDue: () => void): Timer {
    this.#order += 1;
    const dueMs = this.#nowMs + Math.max(0, delayMs);
    const entry: Entry = { dueMs, order: this.#order, onDue, isCancelled: false };
    this.#push(entry);
    return { cancel: () => void (entry.isCancelled = true) };
  }

  setInterval(periodMs: number, onTick: () => void): Timer {
    let timer: Timer;
    let isCancelled = false;
    const tick = (): void => {
      onTick();
      if (!isCancelled) timer = this.setTimer(periodMs, tick);
    };
    timer = this.setTimer(periodMs, tick);
    return {
      cancel: () => {
        isCancelled = true;
        timer.cancel();
      },
    };
  }

  /** Calls everything that falls due until `untilMs`; after each call all promises that it settled have run on. */
  async run(untilMs: number): Promise<void> {
    for (let next = this.#heap[0]; next !== undefined && next.dueMs <= untilMs; next = this.#heap[0]) {
      this.#pop();
      if (next.isCancelled) continue;
      this.#nowMs = next.dueMs;
      next.onDue();
      await settle();
    }
    this.#nowMs = untilMs;
  }

  #push(entry: Entry): void {
    let at = this.#heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.#heap[above];
      if (parent === undefined || !isBefore(entry, parent)) break;
      this.#heap[at] = parent;
      at = above;
    }
    this.#heap[at] = entry;
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    let at = 0;
    for (;;) {
      const [leftAt, rightAt] = [2 * at + 1, 2 * at + 2];
      const left = this.#heap[leftAt];
      const right = this.#heap[rightAt];
      if (left === undefined) break;
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (!isBefore(child, last)) break;
      this.#heap[at] = child;
      at = isRight ? rightAt : leftAt;
    }
    this.#heap[at] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

/** Lets every promise that can run on do so. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
