const KEPT = 15;

/** Median time to first audio per worker, over its last 15 segments. */
export class FirstAudioTimes {
  readonly #byWorker = new Map<string, { readonly times: number[]; medianMs: number }>();

  /** Notes that a worker's first audio took `ms`. */
  add(workerName: string, ms: number): void {
    const known = this.#byWorker.get(workerName) ?? { times: [], medianMs: 0 };
    known.times.push(ms);
    if (known.times.length > KEPT) known.times.shift();
    // Worked out here, as choices ask for many workers at once and far more often.
    known.medianMs = known.times.toSorted((a, b) => a - b)[known.times.length >> 1] ?? 0;
    this.#byWorker.set(workerName, known);
  }

  /** The median in ms; 0 while nothing is known. */
  medianMs(workerName: string): number {
    return this.#byWorker.get(workerName)?.medianMs ?? 0;
  }

  /** Forgets all workers but those for which `isKnown` holds. */
  retain(isKnown: (workerName: string) => boolean): void {
    for (const name of this.#byWorker.keys()) if (!isKnown(name)) this.#byWorker.delete(name);
  }
}
