import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseWav, samplesFromBytes } from '@parley/audio';
import { CliError } from '../../cli-error.ts';

/** A recording that is said again and again. */
export interface SpokenWav {
  /** Content of the file. */
  readonly bytes: Uint8Array;
  readonly path: string;
  /** From its beginning to its last sound, in ms. */
  readonly lastSoundMs: number;
  /** From its first sound to its last one, in ms. */
  readonly speechMs: number;
}

/** What is said unless told otherwise: one sentence by espeak-ng. */
export const DEFAULT_WAV: string = fileURLToPath(new URL('../duplex/interruption.wav', import.meta.url));

/** Quieter than this, of 32,768, is no sound. */
const QUIET = 300;

/**
 * Reads a recording.
 *
 * @throws CliError `USAGE` when it is no WAV file of 16-bit mono, or holds no sound
 */
export function readSpokenWav(path: string): SpokenWav {
  let bytes: Uint8Array;
  let samples: Int16Array;
  let sampleRateHz: number;
  try {
    bytes = readFileSync(path);
    const wav = parseWav(bytes);
    ({ sampleRateHz } = wav);
    if (wav.channels !== 1) throw new Error('it is not mono');
    samples = samplesFromBytes(wav.pcm);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError('USAGE', `${path} cannot be used as speech: ${why}`, { cause });
  }
  const first = samples.findIndex(isSound);
  const last = samples.findLastIndex(isSound);
  if (last === -1) throw new CliError('USAGE', `${path} holds no sound`);
  const msOf = (count: number): number => (count * 1000) / sampleRateHz;
  return { bytes, path, lastSoundMs: msOf(last + 1), speechMs: msOf(last + 1 - first) };
}

function isSound(sample: number): boolean {
  return Math.abs(sample) > QUIET;
}
