import { readFileSync } from 'node:fs';

export { originalSpeech } from './original-speech.ts';

/** The encoded files: what they hold is {@link originalSpeech} at the rate and channels in their names. */
export type CompressedSpeech =
  | 'mono-24k.mp3'
  | 'streamed-24k.mp3'
  | 'stereo-44k-vbr.mp3'
  | 'mono.opus'
  | 'stereo-60ms.opus';

/** The bytes of an encoded file. */
export function compressedSpeech(name: CompressedSpeech): Buffer {
  return readFileSync(new URL(`files/${name}`, import.meta.url));
}
