import { ASR_RATE_HZ } from './asr-engine.ts';

const STEP = ASR_RATE_HZ / 50;
/** Steps of 20 ms over which loudness is taken: shorter dips lie within words. */
const WINDOW_STEPS = 6;

/**
 * Finds where to cut audio so that no word is cut: the middle of the quietest 120 ms of a stretch, the latest
 * when there are several.
 *
 * @param fromSample where the stretch begins, and @param toSample where it ends; cut at `toSample` if it is too short
 */
export function findQuietCut(samples: Int16Array, fromSample: number, toSample: number): number {
  const energies: number[] = [];
  for (let start = fromSample; start + STEP <= toSample; start += STEP)
    energies.push(energyOf(samples, start));
  let best = toSample;
  let bestEnergy = Infinity;
  for (let first = 0; first + WINDOW_STEPS <= energies.length; first += 1) {
    let energy = 0;
    for (let step = first; step < first + WINDOW_STEPS; step += 1) energy += energies[step] ?? 0;
    if (energy > bestEnergy) continue;
    bestEnergy = energy;
    best = fromSample + (first + WINDOW_STEPS / 2) * STEP;
  }
  return best;
}

/** Whether there is nothing at all in the samples, as from a muted microphone. */
export function isDigitalSilence(samples: Int16Array): boolean {
  return samples.every((sample) => sample >= -2 && sample <= 2);
}

function energyOf(samples: Int16Array, start: number): number {
  let sum = 0;
  for (let index = start; index < start + STEP; index += 1) sum += (samples[index] ?? 0) ** 2;
  return sum;
}
