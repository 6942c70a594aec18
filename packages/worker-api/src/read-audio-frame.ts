import { AudioFrame, type WordMark } from './generated/tts.ts';

/** What an orchestrator needs of an {@link AudioFrame}. */
export interface ReceivedAudio {
  /** A view of the message where that was possible: it lives as long as the message's memory. */
  readonly audioData: Uint8Array;
  readonly sampleRate: number;
  readonly isFinal: boolean;
  readonly marks: readonly WordMark[];
}

const NO_AUDIO = new Uint8Array(0);
const NO_MARKS: readonly WordMark[] = [];

/** Tags (field number and wire type) that an ordinary frame has, by their first byte. */
const SESSION_ID = 0x0a;
const AUDIO_DATA = 0x12;
const SAMPLE_RATE = 0x18;
const FRAME_DURATION_MS = 0x20;
const SEQUENCE_NUMBER = 0x28;
const IS_FINAL = 0x30;
const TEXT_SEQUENCE = 0xa8;
const TEXT_SEQUENCE_2 = 0x01;

/**
 * Decodes an `AudioFrame` as a client gets fifty of them a second for each session: without copying the audio or
 * decoding what nobody reads. Whatever is not an ordinary frame goes to the generated decoder, so the result is
 * the same, but for garbage in what nobody reads (https://protobuf.dev/programming-guides/encoding/).
 *
 * @throws as `AudioFrame.decode` does, for bytes that are no `AudioFrame`
 */
export function readAudioFrame(bytes: Uint8Array): ReceivedAudio {
  const end = bytes.length;
  let at = 0;
  let audioData: Uint8Array = NO_AUDIO;
  let sampleRate = 0;
  let isFinal = false;
  while (at < end) {
    const tag = bytes[at];
    at += 1;
    switch (tag) {
      case SESSION_ID:
      case AUDIO_DATA: {
        const lengthAt = at;
        at = skipVarint(bytes, at);
        const start = at;
        at += smallVarint(bytes, lengthAt, start);
        if (!(at <= end)) return AudioFrame.decode(bytes);
        if (tag === AUDIO_DATA) audioData = bytes.subarray(start, at);
        break;
      }
      case SAMPLE_RATE: {
        const start = at;
        at = skipVarint(bytes, at);
        sampleRate = smallVarint(bytes, start, at);
        if (Number.isNaN(sampleRate)) at = sampleRate;
        break;
      }
      case FRAME_DURATION_MS:
      case SEQUENCE_NUMBER:
        at = skipVarint(bytes, at);
        break;
      case IS_FINAL:
        // 0 or 1; anything else is for the generated decoder.
        isFinal = bytes[at] === 1;
        at = isFinal || bytes[at] === 0 ? at + 1 : Number.NaN;
        break;
      case TEXT_SEQUENCE:
        at = bytes[at] === TEXT_SEQUENCE_2 ? skipVarint(bytes, at + 1) : Number.NaN;
        break;
      default:
        return AudioFrame.decode(bytes);
    }
  }
  return at === end ? { audioData, sampleRate, isFinal, marks: NO_MARKS } : AudioFrame.decode(bytes);
}

/** The place after the varint at `at`; NaN, which ends the loop, when it does not end. */
function skipVarint(bytes: Uint8Array, at: number): number {
  for (let next = at; next < at + 10; next += 1) {
    const byte = bytes[next];
    if (byte === undefined) return Number.NaN;
    if (byte < 0x80) return next + 1;
  }
  return Number.NaN;
}

/** The varint in `bytes[from, to)`; NaN when it has more than 28 bits, or is none. */
function smallVarint(bytes: Uint8Array, from: number, to: number): number {
  if (!(to - from <= 4)) return Number.NaN;
  let value = 0;
  for (let at = to - 1; at >= from; at -= 1) value = (value << 7) | ((bytes[at] ?? 0) & 0x7f);
  return value;
}
