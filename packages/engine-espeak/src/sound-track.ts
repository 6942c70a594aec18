/** Fine enough for the end of a word. */
const BLOCK_MS = 5;
/** -50 dBFS: espeak's own pauses are digital silence, and its quietest consonants are louder. */
const SILENT_BELOW = 100;

/** Remembers where a text's audio is silent, so that the pause after a word does not count as the word. */
export class SoundTrack {
  readonly #blockSamples: number;
  readonly #isLoud: boolean[] = [];
  #samples = 0;

  /** `rateHz`: of the samples to come. */
  constructor(rateHz: number) {
    this.#blockSamples = Math.round((rateHz * BLOCK_MS) / 1000);
  }

  /** Takes the next samples of the text. */
  push(samples: Int16Array): void {
    for (const sample of samples) {
      if (sample >= SILENT_BELOW || sample <= -SILENT_BELOW) {
        this.#isLoud[Math.floor(this.#samples / this.#blockSamples)] = true;
      }
      this.#samples += 1;
    }
  }

  /** Where the last sound before `ms` ends, not before `fromMs`; `ms` where there is none, or it is not known yet. */
  endOfSound(fromMs: number, ms: number): number {
    if (ms * this.#blockSamples > this.#samples * BLOCK_MS) return ms;
    const first = Math.floor(fromMs / BLOCK_MS);
    // The block in which `ms` lies may be loud with what comes next.
    const last = Math.floor(ms / BLOCK_MS) - 1;
    if (this.#isLoud[last] === true) return ms;
    for (let block = last - 1; block >= first; block -= 1) {
      if (this.#isLoud[block] === true) return (block + 1) * BLOCK_MS;
    }
    return ms;
  }
}
