import type { AudioEncoding, AudioFrame, AudioMessageV1 } from '@parley/protocol/client';

/** A frame that came as JSON, as if it had come as a binary message. Throws when its base64 is none. */
export function jsonAudioFrame(message: AudioMessageV1, encoding: AudioEncoding): AudioFrame {
  const bytes = atob(message.pcm);
  return {
    encoding,
    flags: 0,
    generation: message.generation,
    sequence: message.sequence,
    sampleOffset: message.sample_offset,
    payload: Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)),
  };
}
