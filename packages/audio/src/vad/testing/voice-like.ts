const RATE_HZ = 16_000;

/** Centre and bandwidth in Hz of the resonances of a few vowels. */
const VOWELS = [
  [730, 90, 1090, 110, 2440, 170],
  [270, 60, 2290, 100, 3010, 170],
  [570, 80, 840, 100, 2410, 170],
  [530, 80, 1840, 100, 2480, 170],
] as const;

/**
 * Speech enough for voice activity engines: a gliding pulse train through the resonances of vowels, four
 * syllables a second. s16 at 16 kHz.
 */
export function voiceLike(durationMs: number, peak: number = 12_000): Int16Array {
  const length = Math.round((durationMs * RATE_HZ) / 1000);
  const signal = pulses(length);
  const syllable = RATE_HZ / 4;
  for (const formant of [0, 2, 4] as const) {
    let last = 0;
    let beforeLast = 0;
    for (let index = 0; index < length; index += 1) {
      const vowel = VOWELS[Math.floor(index / syllable) % VOWELS.length] ?? VOWELS[0];
      const radius = Math.exp((-Math.PI * (vowel[formant + 1] ?? 100)) / RATE_HZ);
      const angle = (2 * Math.PI * (vowel[formant] ?? 500)) / RATE_HZ;
      const gain = 1 - 2 * radius * Math.cos(angle) + radius * radius;
      const value =
        gain * (signal[index] ?? 0) + 2 * radius * Math.cos(angle) * last - radius * radius * beforeLast;
      beforeLast = last;
      last = value;
      signal[index] = value;
    }
  }
  const highest = signal.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  return Int16Array.from(signal, (value, index) => {
    const within = (index % syllable) / syllable;
    return Math.round((value / highest) * peak * Math.sin(Math.PI * Math.min(1, within * 1.15)) ** 0.5 || 0);
  });
}

/** A voice with silence before and after it; s16 at 16 kHz. */
export function voiceAmidSilence(beforeMs: number, voiceMs: number, afterMs: number): Int16Array {
  const samples = new Int16Array((RATE_HZ / 1000) * (beforeMs + voiceMs + afterMs));
  samples.set(voiceLike(voiceMs), (RATE_HZ / 1000) * beforeMs);
  return samples;
}

function pulses(length: number): Float64Array {
  const signal = new Float64Array(length);
  let phase = 0;
  for (let index = 0; index < length; index += 1) {
    phase += (125 + 25 * Math.sin((2 * Math.PI * index) / RATE_HZ / 1.3)) / RATE_HZ;
    if (phase < 1) continue;
    phase -= 1;
    signal[index] = 1;
  }
  return signal;
}
