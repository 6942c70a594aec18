import {
  bytesFromSamples,
  createReframer,
  samplesFromBytes,
  type Reframer,
  type Resampler,
  type ResamplerFactory,
} from '@parley/audio';

/** Bytes of a 20 ms frame at 48 kHz. */
const FRAME_BYTES = 1920;
const SESSION_RATE_HZ = 48_000;

/**
 * Turns a worker's messages, of any size and sample rate, into frames of 20 ms at 48 kHz. It works on demand:
 * audio that is not pulled stays as it came, so a message costs its own size and no more until it is played.
 * A sample may be split between messages; half a sample at the very end is dropped.
 */
export class AudioIntake {
  readonly #resamplers: ResamplerFactory;
  readonly #reframer: Reframer = createReframer({ frameBytes: FRAME_BYTES });
  #resampler: Resampler | undefined;
  #rateHz = SESSION_RATE_HZ;
  /** Samples that wait for the resampler. */
  #input: Int16Array | undefined;
  #inputOffset = 0;
  /** First half of a sample whose second half has not come yet. */
  #halfSample: number | undefined;
  #ended = false;

  constructor(resamplers: ResamplerFactory) {
    this.#resamplers = resamplers;
  }

  /** Whether `next()` has nothing to give until more is pushed. */
  get isDrained(): boolean {
    if (this.#input !== undefined) return false;
    const { pendingBytes } = this.#reframer;
    return this.#ended ? pendingBytes === 0 && this.#resampler === undefined : pendingBytes < FRAME_BYTES;
  }

  /**
   * Takes one message, whose memory must stay as it is. Everything before it must have been pulled.
   *
   * @param rateHz 8000 to 192000; it may change from one message to the next
   */
  push(bytes: Uint8Array, rateHz: number): void {
    if (rateHz !== this.#rateHz) this.#changeRate(rateHz);
    const whole =
      (bytes.byteLength & 1) === 0 && this.#halfSample === undefined ? bytes : this.#joinHalves(bytes);
    if (this.#resampler === undefined) {
      this.#reframer.push(whole);
    } else if (whole.byteLength > 0) {
      this.#input = samplesFromBytes(whole);
      this.#inputOffset = 0;
    }
  }

  /** No more comes: what is left is padded with silence to a full frame. */
  end(): void {
    this.#ended = true;
  }

  /** The next frame, or `undefined` when there is none yet, or none any more. The caller may keep it. */
  next(): Uint8Array | undefined {
    for (;;) {
      const frame = this.#reframer.next();
      if (frame !== undefined) return frame;
      if (this.#input !== undefined) this.#resampleSome(this.#input);
      else if (!this.#ended) return undefined;
      else if (this.#resampler === undefined) return this.#reframer.flush();
      else this.#endResampler();
    }
  }

  /** Frees the resampler and forgets all audio. Idempotent. */
  close(): void {
    this.#resampler?.close();
    this.#resampler = undefined;
    this.#input = undefined;
    this.#reframer.reset();
    this.#ended = true;
  }

  #resampleSome(input: Int16Array): void {
    const end = Math.min(input.length, this.#inputOffset + Math.ceil(this.#rateHz / 25));
    const output = this.#resampler?.process(input.subarray(this.#inputOffset, end));
    if (end < input.length) this.#inputOffset = end;
    else this.#input = undefined;
    if (output !== undefined) this.#reframer.push(bytesFromSamples(output));
  }

  #changeRate(rateHz: number): void {
    this.#endResampler();
    this.#rateHz = rateHz;
    if (rateHz !== SESSION_RATE_HZ) {
      this.#resampler = this.#resamplers.create({ fromHz: rateHz, toHz: SESSION_RATE_HZ });
    }
  }

  #endResampler(): void {
    if (this.#resampler === undefined) return;
    this.#reframer.push(bytesFromSamples(this.#resampler.flush()));
    this.#resampler.close();
    this.#resampler = undefined;
  }

  #joinHalves(bytes: Uint8Array): Uint8Array {
    const half = this.#halfSample;
    const before = half === undefined ? 0 : 1;
    const joined = new Uint8Array(before + bytes.byteLength);
    if (half !== undefined) joined[0] = half;
    joined.set(bytes, before);
    const even = joined.byteLength & ~1;
    this.#halfSample = joined[even];
    return joined.subarray(0, even);
  }
}
