import { AUDIO_JSON_PREFIX, audioJsonMiddle } from '../base-dialect/encode-server-message.ts';
import type { AudioMessageV1, ServerMessageV1 } from './server-messages.ts';

/** Encodes every message but JSON audio, which is written straight into a buffer by the transport. */
export function encodeServerMessageV1(message: Exclude<ServerMessageV1, AudioMessageV1>): string {
  return JSON.stringify(message);
}

/**
 * What follows the sequence in the JSON of an audio message of this dialect; all before it is as in the
 * base dialect: `AUDIO_JSON_PREFIX`, base64, `audioJsonMiddle`, the sequence in decimal, then this.
 */
export function audioJsonSuffixV1(generation: number, sampleOffset: number): string {
  return `,"generation":${generation},"sample_offset":${sampleOffset}}`;
}

/** The JSON of one audio message as a string: for tools and tests, not for the hot path. */
export function encodeAudioMessageV1(message: AudioMessageV1): string {
  const middle = audioJsonMiddle(message.sample_rate, message.frame_ms);
  const suffix = audioJsonSuffixV1(message.generation, message.sample_offset);
  return `${AUDIO_JSON_PREFIX}${message.pcm}${middle}${message.sequence}${suffix}`;
}
