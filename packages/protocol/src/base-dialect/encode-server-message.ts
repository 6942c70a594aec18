import type { AudioMessage, ServerMessage } from '../server-messages.ts';

/** Encodes every message but audio, whose JSON is written straight into a buffer by the transport. */
export function encodeServerMessage(message: Exclude<ServerMessage, AudioMessage>): string {
  return JSON.stringify(message);
}

/**
 * The JSON of an audio message is, in this order and without white space: {@link AUDIO_JSON_PREFIX}, the
 * base64 of the frame, {@link audioJsonMiddle}, the sequence in decimal, {@link AUDIO_JSON_SUFFIX}. All of
 * it is ASCII. A transport may thus prepare everything but the base64 and the sequence.
 */
export const AUDIO_JSON_PREFIX: string = '{"type":"audio","pcm":"';

/** What follows the sequence; see {@link AUDIO_JSON_PREFIX}. */
export const AUDIO_JSON_SUFFIX: string = '}';

/** What stands between the base64 and the sequence; see {@link AUDIO_JSON_PREFIX}. */
export function audioJsonMiddle(sampleRateHz: number, frameMs: number): string {
  return `","sample_rate":${sampleRateHz},"frame_ms":${frameMs},"sequence":`;
}

/** The JSON of one audio message as a string: for tools and tests, not for the hot path. */
export function encodeAudioMessage(message: AudioMessage): string {
  const middle = audioJsonMiddle(message.sample_rate, message.frame_ms);
  return `${AUDIO_JSON_PREFIX}${message.pcm}${middle}${message.sequence}${AUDIO_JSON_SUFFIX}`;
}
