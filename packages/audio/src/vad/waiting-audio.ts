/**
 * Audio of one stream that has come and waits to be judged, in the order in which it came. Holds memory only while
 * something waits. Needs no closing.
 */
export class WaitingAudio {
  readonly #pieces: { samples: Int16Array; readonly cameAtMs: number }[] = [];
  #length = 0;

  /** Samples that wait. */
  get length(): number {
    return this.#length;
  }

  /** When the oldest of them came; `undefined` when none wait. */
  get oldestCameAtMs(): number | undefined {
    return this.#pieces[0]?.cameAtMs;
  }

  /** Copies the samples to the end. */
  push(samples: Int16Array, nowMs: number): void {
    this.#pieces.push({ samples: samples.slice(), cameAtMs: nowMs });
    this.#length += samples.length;
  }

  /** Removes the oldest samples, `most` of them or fewer; none when nothing waits. */
  take(most: number): Int16Array {
    const [oldest] = this.#pieces;
    if (oldest === undefined) return new Int16Array();
    const taken = oldest.samples.subarray(0, most);
    oldest.samples = oldest.samples.subarray(taken.length);
    if (oldest.samples.length === 0) this.#pieces.shift();
    this.#length -= taken.length;
    return taken;
  }

  /** Removes all samples. */
  takeAll(): Int16Array {
    const all = new Int16Array(this.#length);
    let at = 0;
    for (const { samples } of this.#pieces.splice(0)) {
      all.set(samples, at);
      at += samples.length;
    }
    this.#length = 0;
    return all;
  }
}
