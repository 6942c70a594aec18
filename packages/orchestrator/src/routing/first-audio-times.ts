const KEPT = 15;

/** Median time to first audio per worker, over its last 15 segments. */
export class FirstAudioTimes {
  readonly #byWorker = new Map<string, number[]>();

  /** Notes that a worker's first audio took `ms`. */
  add(workerName: string, ms: number): void {
    const times = this.#byWorker.get(workerName) ?? [];
    times.push(ms);
    if (times.length > KEPT) times.shift();
    this.#byWorker.set(workerName, times);
  }

  /** The median in ms; 0 while nothing is known. */
  medianMs(workerName: string): number {
    const times = this.#byWorker.get(workerName);
    if (times === undefined) return 0;
    return times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
  }

  /** Forgets all workers but those for which `isKnown` holds. */
  retain(isKnown: (workerName: string) => boolean): void {
    for (const name of this.#byWorker.keys()) if (!isKnown(name)) this.#byWorker.delete(name);
  }
}
