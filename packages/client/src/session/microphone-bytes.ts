import type { AudioEncoding } from '@parley/protocol/client';
import { ParleyClientError } from '../client-error.ts';

/**
 * Audio as it is sent, in memory of its own, because it may wait and the caller may write on.
 *
 * @throws ParleyClientError `INVALID_ARGUMENT` where samples or bytes do not fit the encoding
 */
export function toMicrophoneBytes(
  audio: Int16Array | Uint8Array,
  encoding: AudioEncoding,
): Uint8Array<ArrayBuffer> {
  if (audio instanceof Int16Array && encoding !== 'pcm_s16le') {
    throw new ParleyClientError(
      'INVALID_ARGUMENT',
      `16-bit samples cannot be sent while "input.encoding" is "${encoding}": set "pcm_s16le", or give encoded bytes.`,
    );
  }
  if (encoding === 'pcm_s16le' && audio.byteLength % 2 !== 0) {
    throw new ParleyClientError(
      'INVALID_ARGUMENT',
      `Audio must be whole 16-bit samples, but has ${audio.byteLength} bytes.`,
    );
  }
  return new Uint8Array(audio.buffer, audio.byteOffset, audio.byteLength).slice();
}
