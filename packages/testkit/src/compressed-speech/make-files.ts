// Encodes the files of this folder anew. Needs `lame` and `opusenc` (Debian: lame, opus-tools).
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { originalSpeech } from './original-speech.ts';

const folder = fileURLToPath(new URL('files/', import.meta.url));

function encode(command: string, args: readonly string[], rateHz: number, channels: 1 | 2 = 1): void {
  execFileSync(command, args, { input: originalSpeech(rateHz, channels), cwd: folder });
}

const raw = (kHz: string, mode: string): string[] => [
  '--quiet',
  '-r',
  '--little-endian',
  '-s',
  kHz,
  '-m',
  mode,
];
encode('lame', [...raw('24', 'm'), '-b', '64', '-', 'mono-24k.mp3'], 24_000);
// As a server streams that does not know the end: without the frame that tells the length.
encode('lame', [...raw('24', 'm'), '-t', '-b', '64', '-', 'streamed-24k.mp3'], 24_000);
encode(
  'lame',
  [...raw('44.1', 's'), '-V', '6', '--tt', 'A title', '--add-id3v2', '-', 'stereo-44k-vbr.mp3'],
  44_100,
  2,
);
const opus = (rateHz: number, channels: number): string[] => [
  '--quiet',
  '--raw',
  '--raw-rate',
  `${rateHz}`,
  '--raw-chan',
  `${channels}`,
  '--serial',
  '7',
];
encode('opusenc', [...opus(48_000, 1), '--bitrate', '40', '--max-delay', '100', '-', 'mono.opus'], 48_000);
encode(
  'opusenc',
  [...opus(48_000, 2), '--bitrate', '64', '--framesize', '60', '-', 'stereo-60ms.opus'],
  48_000,
  2,
);
