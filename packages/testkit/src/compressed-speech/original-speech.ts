/** Loudest sample. */
const PEAK = 9000;
const SECONDS = 1.2;
const FADE_SECONDS = 0.02;

/**
 * What the files of this folder were encoded from: 1.2 s of two tones that swell and fade like syllables, loud
 * enough to be measured and never clipped. s16le, with both channels the same where there are two.
 */
export function originalSpeech(sampleRateHz: number, channels: 1 | 2 = 1): Buffer {
  const count = Math.round(SECONDS * sampleRateHz);
  const bytes = Buffer.alloc(count * channels * 2);
  for (let index = 0; index < count; index += 1) {
    const seconds = index / sampleRateHz;
    const fade = Math.min(1, seconds / FADE_SECONDS, (SECONDS - seconds) / FADE_SECONDS);
    const syllable = 0.6 + 0.4 * Math.sin(2 * Math.PI * 4 * seconds);
    const tones = 0.7 * Math.sin(2 * Math.PI * 220 * seconds) + 0.3 * Math.sin(2 * Math.PI * 1330 * seconds);
    const value = Math.round(PEAK * fade * syllable * tones);
    for (let channel = 0; channel < channels; channel += 1) {
      bytes.writeInt16LE(value, (index * channels + channel) * 2);
    }
  }
  return bytes;
}
