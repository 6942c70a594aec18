/** The runtime's feature frames lie 5 ms late; so many zeros put them right, and keep it from crashing. */
const LEADING_ZEROS = 80;
/** 100 ms and 28 s at 16 kHz: less holds no word, and of more the end is lost. */
const MIN_SAMPLES = 1600;
const MAX_SAMPLES = 448_000;

/**
 * Makes of s16 samples at 16 kHz what the runtime takes: -1 to 1, with 5 ms of silence before them.
 *
 * @throws RangeError when there are fewer than 1,600 samples or more than 448,000
 */
export function toWaveform(samples: Int16Array): Float32Array {
  if (samples.length < MIN_SAMPLES || samples.length > MAX_SAMPLES) {
    throw new RangeError(
      `${samples.length} samples cannot be decoded; it must be ${MIN_SAMPLES} to ${MAX_SAMPLES}`,
    );
  }
  const waveform = new Float32Array(LEADING_ZEROS + samples.length);
  for (const [index, sample] of samples.entries()) waveform[LEADING_ZEROS + index] = sample / 32_768;
  return waveform;
}
