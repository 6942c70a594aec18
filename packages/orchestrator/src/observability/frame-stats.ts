/** Upper edges of the lateness buckets, in milliseconds; one more bucket takes what is later still. */
export const LATENESS_EDGES_MS: readonly number[] = [1, 2, 5, 10, 20, 50, 100];

const edges = Float64Array.from(LATENESS_EDGES_MS);

/**
 * Counts what happens to every frame. Fifty times a second for each speaking session, so a call allocates
 * nothing and touches two array slots; the numbers become metrics only when somebody asks.
 *
 * Doubles rather than 32-bit integers: a thousand sessions would wrap a u32 within a day.
 */
export class FrameStats {
  /** Frames by lateness: slot i holds those over edge i-1 and up to edge i, the last those over every edge. */
  readonly latenessCounts: Float64Array = new Float64Array(edges.length + 1);
  readonly #sums = new Float64Array(3);

  /** A frame was written `latenessMs` after its time on the sample clock; 0 or less when on time. */
  frameSent(latenessMs: number): void {
    let slot = 0;
    while (slot < edges.length && !(latenessMs <= (edges[slot] ?? 0))) slot += 1;
    this.latenessCounts[slot] = (this.latenessCounts[slot] ?? 0) + 1;
    if (latenessMs > 0) this.#add(0, latenessMs);
  }

  /** A client's buffer ran dry in the middle of an utterance. */
  underrun(): void {
    this.#add(1, 1);
  }

  /** Frames were held back for `durationMs` because a client did not read. */
  heldBack(durationMs: number): void {
    if (durationMs > 0) this.#add(2, durationMs);
  }

  /** Frames sent so far. */
  get framesSent(): number {
    return this.latenessCounts.reduce((sum, count) => sum + count, 0);
  }

  /** Lateness of all frames together, in milliseconds. */
  get latenessSumMs(): number {
    return this.#sums[0] ?? 0;
  }

  /** Under-runs so far. */
  get underruns(): number {
    return this.#sums[1] ?? 0;
  }

  /** Time for which frames were held back, of all clients together, in milliseconds. */
  get heldBackMs(): number {
    return this.#sums[2] ?? 0;
  }

  #add(slot: number, amount: number): void {
    this.#sums[slot] = (this.#sums[slot] ?? 0) + amount;
  }
}
