/** Added before the logarithm, so that every segment has sixteen steps (ITU-T G.711). */
const BIAS = 0x84;
const CLIP = 32_635;

const DECODED: Int16Array = Int16Array.from({ length: 256 }, (_, code) => decodeCode(code));

/** Encodes one 16-bit sample as a mu-law byte (ITU-T G.711). */
export function encodeMulawSample(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), CLIP) + BIAS;
  const exponent = 24 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

/**
 * Encodes s16 samples as mu-law, a byte a sample.
 *
 * @param target at least as long as `samples`; made when absent
 */
export function encodeMulaw(
  samples: Int16Array,
  target: Uint8Array = new Uint8Array(samples.length),
): Uint8Array {
  for (let index = 0; index < samples.length; index += 1) {
    target[index] = encodeMulawSample(samples[index] ?? 0);
  }
  return target.subarray(0, samples.length);
}

/** Decodes mu-law bytes to s16 samples in fresh memory. */
export function decodeMulaw(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length);
  for (let index = 0; index < bytes.length; index += 1) samples[index] = DECODED[bytes[index] ?? 0] ?? 0;
  return samples;
}

function decodeCode(code: number): number {
  const bits = ~code & 0xff;
  const exponent = (bits >> 4) & 0x07;
  const magnitude = ((((bits & 0x0f) << 3) + BIAS) << exponent) - BIAS;
  return (bits & 0x80) === 0 ? magnitude : -magnitude;
}
