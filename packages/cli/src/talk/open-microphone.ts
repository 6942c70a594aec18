import { readFile } from 'node:fs/promises';
import type { Microphone } from '@parley/client';
import { createWavMicrophone, openProgramMicrophone } from '@parley/client/node';
import { CliError } from '../cli-error.ts';

/** What the user is heard by. */
export type MicrophoneChoice =
  | { readonly kind: 'none' }
  /** The microphone of this machine. */
  | { readonly kind: 'device' }
  /** A WAV file, in real time. */
  | { readonly kind: 'file'; readonly path: string };

/**
 * Opens what the user is heard by; `undefined` where that is nothing. The session that listens to it closes it.
 *
 * @throws CliError `NO_MICROPHONE`, or `USAGE` for a file that is no WAV of 16-bit samples
 */
export async function openMicrophone(choice: MicrophoneChoice): Promise<Microphone | undefined> {
  switch (choice.kind) {
    case 'none':
      return undefined;
    case 'device':
      return await openDevice();
    case 'file':
      return await openFile(choice.path);
    default:
      return choice satisfies never;
  }
}

async function openDevice(): Promise<Microphone> {
  try {
    return await openProgramMicrophone();
  } catch (error) {
    throw new CliError('NO_MICROPHONE', 'There is no program on this machine that can record.', {
      cause: error,
      advice:
        'Install one of arecord (Debian: alsa-utils), parec (pulseaudio-utils) or rec (sox). Or talk by --mic-file speech.wav.',
    });
  }
}

async function openFile(path: string): Promise<Microphone> {
  try {
    return createWavMicrophone({ wav: await readFile(path) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError('USAGE', `${path} cannot be a microphone: ${reason}`, {
      cause: error,
      advice: 'Give a WAV file of 16-bit samples at 8 kHz, or 16 kHz and more.',
    });
  }
}
