/** Level (RMS of 16-bit samples) from which sound counts as loud. */
const LOUD = 1000;

/** Hears whether 16-bit audio at 16 kHz is loud, and for how long it has been. */
export class FakeEars {
  #heardMs = 0;
  #loudMs = 0;
  #quietMs = 0;

  /** All audio so far, in ms. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** Takes audio; returns for how long it has been loud, with pauses of less than 200 ms. */
  hear(bytes: Uint8Array): number {
    const samples = new Int16Array(bytes.slice().buffer);
    const ms = samples.length / 16;
    let sum = 0;
    for (const sample of samples) sum += sample * sample;
    this.#heardMs += ms;
    if (Math.sqrt(sum / Math.max(1, samples.length)) >= LOUD) {
      this.#loudMs += ms;
      this.#quietMs = 0;
    } else {
      this.#quietMs += ms;
      if (this.#quietMs > 200) this.#loudMs = 0;
    }
    return this.#loudMs;
  }
}
