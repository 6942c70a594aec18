/** Loudness of the tone: a quarter of full scale. */
const AMPLITUDE = 8191;

/** Frames of a sine wave as views into one buffer; `frequencyHz` is whole, so a second is whole periods. */
export class SineFrames {
  readonly #bytes: Buffer;
  readonly #sampleRateHz: number;

  constructor(sampleRateHz: number, frequencyHz: number) {
    this.#sampleRateHz = sampleRateHz;
    const samples = Int16Array.from({ length: sampleRateHz * 2 }, (_, index) =>
      Math.round(AMPLITUDE * Math.sin((2 * Math.PI * frequencyHz * index) / sampleRateHz)),
    );
    this.#bytes = Buffer.from(samples.buffer);
  }

  /** `length` samples (at most a second) from sample `start` on, s16le. Shared memory: only to be read. */
  frame(start: number, length: number): Buffer {
    const from = (start % this.#sampleRateHz) * 2;
    return this.#bytes.subarray(from, from + length * 2);
  }
}
