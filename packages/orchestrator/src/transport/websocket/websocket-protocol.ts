import { AUDIO_JSON_PREFIX, AUDIO_JSON_SUFFIX, audioJsonMiddle } from '@parley/protocol';
import { DEFAULT_SAMPLE_RATE_HZ, FRAME_MS } from '@parley/audio';
import { frameHeaderBytes, newFrame, TEXT_OPCODE } from './websocket-frame.ts';

const PREFIX = Buffer.from(AUDIO_JSON_PREFIX, 'latin1');
const MIDDLE = Buffer.from(audioJsonMiddle(DEFAULT_SAMPLE_RATE_HZ, FRAME_MS), 'latin1');

/** Length of the base64 text (RFC 4648, with padding) of `bytes` bytes. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/**
 * The base dialect's `audio` message for one frame as a whole WebSocket frame in one new buffer: no string of the
 * whole message is made and nothing is parsed or escaped, as this happens fifty times a second a session.
 *
 * `frame`: the audio as it goes into `pcm`; read only during the call. `middle` and `suffix` are those of the
 * base dialect at 48 kHz unless given.
 */
export function encodeAudioMessage(
  frame: Uint8Array,
  sequence: number,
  middle: Buffer = MIDDLE,
  suffix: string = AUDIO_JSON_SUFFIX,
): Buffer {
  const tail = `${sequence}${suffix}`;
  const pcm = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString('base64');
  const payloadBytes = PREFIX.length + pcm.length + middle.length + tail.length;
  const message = newFrame(TEXT_OPCODE, payloadBytes);
  let at = frameHeaderBytes(payloadBytes);
  at += PREFIX.copy(message, at);
  at += message.write(pcm, at, 'latin1');
  at += middle.copy(message, at);
  message.write(tail, at, 'latin1');
  return message;
}
