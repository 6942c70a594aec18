import { gainFromDb } from '@parley/audio';

/** Rate of everything in the corpus, in Hz. */
export const CORPUS_RATE_HZ: number = 16_000;

/** Level of the user's voice at the microphone while it speaks. */
export const VOICE_DBFS: number = -24;

/** What a microphone hears in a quiet room. */
export const ROOM_DBFS: number = -68;

/** Mono samples around -1 to 1; not clipped before {@link toPcm}. */
export type Signal = Float32Array;

/** A stretch of time in ms, its end exclusive. */
export interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

/** Samples in so many ms. */
export function samplesIn(ms: number): number {
  return Math.round((ms * CORPUS_RATE_HZ) / 1000);
}

/** Level (RMS) in dBFS of a signal, or of its parts within `intervals`; -Infinity for silence. */
export function rmsDbfs(signal: Signal, intervals?: readonly Interval[]): number {
  const parts = intervals?.map(({ startMs, endMs }) => signal.subarray(samplesIn(startMs), samplesIn(endMs)));
  let sum = 0;
  let count = 0;
  for (const part of parts ?? [signal]) {
    for (const sample of part) sum += sample * sample;
    count += part.length;
  }
  return 10 * Math.log10(sum / Math.max(1, count));
}

/** A copy with its level, or that of its parts within `intervals`, at `dbfs`. */
export function atLevel(signal: Signal, dbfs: number, intervals?: readonly Interval[]): Signal {
  const now = rmsDbfs(signal, intervals);
  if (!Number.isFinite(now)) return signal.slice();
  const gain = gainFromDb(dbfs - now);
  return signal.map((sample) => sample * gain);
}

/** Adds `part` into `target` from `atMs` on; what lies outside is left out. */
export function mixInto(target: Signal, part: Signal, atMs: number): void {
  const offset = samplesIn(atMs);
  const end = Math.min(part.length, target.length - offset);
  for (let index = Math.max(0, -offset); index < end; index += 1) {
    target[offset + index] = (target[offset + index] ?? 0) + (part[index] ?? 0);
  }
}

/** A signal of so many ms, made sample by sample. */
export function signalOf(ms: number, sampleAt: (index: number) => number): Signal {
  const signal = new Float32Array(samplesIn(ms));
  for (let index = 0; index < signal.length; index += 1) signal[index] = sampleAt(index);
  return signal;
}

/** As s16 samples; what is beyond full scale is clipped. */
export function toPcm(signal: Signal): Int16Array {
  const samples = new Int16Array(signal.length);
  for (let index = 0; index < samples.length; index += 1) {
    samples[index] = Math.max(-32_768, Math.min(32_767, Math.round((signal[index] ?? 0) * 32_768)));
  }
  return samples;
}

/** s16 samples as a signal. */
export function fromPcm(samples: Int16Array): Signal {
  const signal = new Float32Array(samples.length);
  for (let index = 0; index < samples.length; index += 1) signal[index] = (samples[index] ?? 0) / 32_768;
  return signal;
}
