import { SPEECH_RATE_HZ } from './speech-output.ts';

/** A program that plays bare samples from its standard input. */
export interface Player {
  readonly command: string;
  /** Arguments for 48 kHz mono s16le. */
  readonly args: readonly string[];
}

const rate = String(SPEECH_RATE_HZ);

/** Programs that can play speech, the ones that start fastest first. */
export const players: readonly Player[] = [
  { command: 'aplay', args: ['-q', '-t', 'raw', '-f', 'S16_LE', '-r', rate, '-c', '1', '-'] },
  { command: 'paplay', args: ['--raw', '--format=s16le', `--rate=${rate}`, '--channels=1'] },
  {
    command: 'ffplay',
    args: ['-nodisp', '-autoexit', '-loglevel', 'error', '-f', 's16le', '-sample_rate', rate, '-i', '-'],
  },
  {
    command: 'play',
    args: ['-q', '-t', 'raw', '-r', rate, '-e', 'signed-integer', '-b', '16', '-c', '1', '-'],
  },
];

/** What to tell someone who has none of them. */
export const noPlayerAdvice: string =
  'Install one of aplay (Debian: alsa-utils), paplay (pulseaudio-utils), ffplay (ffmpeg) or play (sox).';
