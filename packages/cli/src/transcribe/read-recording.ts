import { createResampler, parseWav, samplesFromBytes, WavError } from '@parley/audio';
import { CliError } from '../cli-error.ts';

/** The rate at which speech is recognized, in Hz. */
const RATE_HZ = 16_000;

/** A recording as {@link readRecording} reads it. */
export interface Recording {
  /** s16 mono at 16 kHz. */
  readonly samples: Int16Array;
  /** Audio that its header announces and that is not there, in ms. */
  readonly missingMs: number;
}

/**
 * The samples of a WAV file as recognition takes them: s16 mono at 16 kHz.
 *
 * @throws CliError `USAGE` when it is no WAV file of 16-bit PCM
 */
export async function readRecording(name: string, bytes: Uint8Array): Promise<Recording> {
  try {
    const { channels, missingBytes, pcm, sampleRateHz } = parseWav(bytes);
    const samples = samplesFromBytes(pcm);
    const mono = channels === 1 ? samples : mixed(samples);
    const resampler = await createResampler({ fromHz: sampleRateHz, toHz: RATE_HZ });
    const parts = [resampler.process(mono), resampler.flush()] as const;
    resampler.close();
    const joined = new Int16Array(parts[0].length + parts[1].length);
    joined.set(parts[0]);
    joined.set(parts[1], parts[0].length);
    return { samples: joined, missingMs: (missingBytes * 1000) / (2 * channels * sampleRateHz) };
  } catch (cause) {
    if (!(cause instanceof WavError || cause instanceof RangeError)) throw cause;
    throw new CliError('USAGE', `${name}: ${cause.message}`, { cause });
  }
}

function mixed(stereo: Int16Array): Int16Array {
  return Int16Array.from(
    { length: stereo.length / 2 },
    (_, index) => ((stereo[index * 2] ?? 0) + (stereo[index * 2 + 1] ?? 0)) / 2,
  );
}
