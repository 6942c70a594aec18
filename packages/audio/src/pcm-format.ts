/** Length of one frame of audio on every path of Parley, in milliseconds. */
export const FRAME_MS: number = 20;

/** Sample rate of the audio that sessions speak, in Hz. */
export const DEFAULT_SAMPLE_RATE_HZ: number = 48_000;

/** Bytes of one mono s16le sample. */
export const BYTES_PER_SAMPLE: number = 2;

/**
 * Number of samples in a frame, for one channel.
 *
 * @param rateHz sample rate in Hz, a positive integer
 * @param frameMs frame length in milliseconds; 20 by default
 * @throws RangeError when the frame would not hold a whole, positive number of samples
 */
export function samplesPerFrame(rateHz: number = DEFAULT_SAMPLE_RATE_HZ, frameMs: number = FRAME_MS): number {
  const samples = (rateHz * frameMs) / 1000;
  if (!Number.isInteger(samples) || samples <= 0) {
    throw new RangeError(
      `A frame of ${frameMs} ms at ${rateHz} Hz is ${samples} samples; it must be a whole, positive number.`,
    );
  }
  return samples;
}

/**
 * Number of bytes in a frame of mono s16le audio: 1920 for 20 ms at 48 kHz.
 *
 * @throws RangeError as {@link samplesPerFrame}
 */
export function bytesPerFrame(rateHz: number = DEFAULT_SAMPLE_RATE_HZ, frameMs: number = FRAME_MS): number {
  return samplesPerFrame(rateHz, frameMs) * BYTES_PER_SAMPLE;
}

/** Playing time, in milliseconds (may be fractional), of `samples` samples of one channel at `rateHz`. */
export function durationMs(samples: number, rateHz: number = DEFAULT_SAMPLE_RATE_HZ): number {
  return (samples * 1000) / rateHz;
}

/**
 * Reads s16le bytes as samples. The result is a view of the same memory where the bytes lie on an even
 * address, and a copy where they do not; treat it as borrowed either way. A last odd byte is left out.
 * Every runtime Parley supports is little-endian.
 */
export function samplesFromBytes(bytes: Uint8Array): Int16Array {
  const length = bytes.byteLength >> 1;
  if (bytes.byteOffset % BYTES_PER_SAMPLE === 0) {
    return new Int16Array(bytes.buffer, bytes.byteOffset, length);
  }
  const aligned = new Uint8Array(length * BYTES_PER_SAMPLE);
  aligned.set(bytes.subarray(0, aligned.byteLength));
  return new Int16Array(aligned.buffer);
}

/** Views samples as s16le bytes; shares the memory of `samples`. */
export function bytesFromSamples(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}
