import type { Random } from './random.ts';
import { CORPUS_RATE_HZ, atLevel, mixInto, samplesIn, signalOf, type Signal } from './signal.ts';

/** White noise. */
export function whiteNoise(ms: number, random: Random): Signal {
  return signalOf(ms, () => random() * 2 - 1);
}

/** Pink noise: 3 dB less each octave up, as of a fan or a street (Paul Kellet's filter). */
export function pinkNoise(ms: number, random: Random): Signal {
  let low = 0;
  let middle = 0;
  let high = 0;
  return whiteNoise(ms, random).map((white) => {
    low = 0.997_65 * low + white * 0.099_046;
    middle = 0.963 * middle + white * 0.296_516_4;
    high = 0.57 * high + white * 1.052_691_3;
    return (low + middle + high + white * 0.1848) / 5;
  });
}

/** Mains hum: 50 Hz and its overtones, as of a bad cable. */
export function hum(ms: number): Signal {
  return signalOf(ms, (index) => {
    let sum = 0;
    for (let overtone = 1; overtone <= 9; overtone += 1) {
      sum += Math.sin((2 * Math.PI * 50 * overtone * index) / CORPUS_RATE_HZ) / overtone;
    }
    return sum / 3;
  });
}

/** Typing: short bursts at uneven times, about six a second. */
export function clicks(ms: number, random: Random): Signal {
  const signal = new Float32Array(samplesIn(ms));
  for (let atMs = 50; atMs < ms; atMs += 80 + random() * 180) {
    const decay = 0.99 - random() * 0.02;
    let gain = 0.5 + random() * 0.5;
    const burst = whiteNoise(30, random).map((sample) => {
      gain *= decay;
      return sample * gain;
    });
    mixInto(signal, burst, atMs);
  }
  return signal;
}

/** Beeps of a phone or an oven: tones of 200 to 700 ms with pauses between them. */
export function tones(ms: number, random: Random): Signal {
  const signal = new Float32Array(samplesIn(ms));
  for (let atMs = 100; atMs < ms;) {
    const lengthMs = 200 + random() * 500;
    const hz = 350 + random() * 1200;
    const length = samplesIn(lengthMs);
    const tone = signalOf(lengthMs, (index) => {
      const fade = Math.min(1, index / 80, (length - index) / 80);
      return fade * Math.sin((2 * Math.PI * hz * index) / CORPUS_RATE_HZ);
    });
    mixInto(signal, tone, atMs);
    atMs += lengthMs + 200 + random() * 400;
  }
  return signal;
}

/** One cough: a hard burst of breath and a softer second one, through the resonance of a throat. */
export function cough(random: Random): Signal {
  const signal = new Float32Array(samplesIn(480));
  mixInto(signal, breath(260, 8, random), 0);
  mixInto(signal, atLevel(breath(180, 25, random), -16), 270);
  return signal;
}

function breath(ms: number, attackMs: number, random: Random): Signal {
  const attack = samplesIn(attackMs);
  const length = samplesIn(ms);
  const noise = resonate(whiteNoise(ms, random), 500 + random() * 300, 500);
  const shaped = noise.map((sample, index) => {
    const rise = Math.min(1, index / attack);
    return sample * rise * Math.exp((-4 * index) / length);
  });
  return atLevel(shaped, -12);
}

/** A two-pole resonance. */
function resonate(signal: Signal, hz: number, bandwidthHz: number): Signal {
  const radius = Math.exp((-Math.PI * bandwidthHz) / CORPUS_RATE_HZ);
  const turn = 2 * radius * Math.cos((2 * Math.PI * hz) / CORPUS_RATE_HZ);
  let last = 0;
  let beforeLast = 0;
  return signal.map((sample) => {
    const value = sample + turn * last - radius * radius * beforeLast;
    beforeLast = last;
    last = value;
    return value;
  });
}

/** What a microphone hears of a loudspeaker in a room: later, duller, with a few reflections. */
export function echoOf(signal: Signal): Signal {
  const echo = new Float32Array(signal.length);
  for (const [delayMs, gain] of [
    [35, 1],
    [52, 0.5],
    [83, 0.3],
    [121, 0.15],
  ] as const) {
    mixInto(
      echo,
      signal.map((sample) => sample * gain),
      delayMs,
    );
  }
  let last = 0;
  return echo.map((sample) => {
    last += 0.6 * (sample - last);
    return last;
  });
}
