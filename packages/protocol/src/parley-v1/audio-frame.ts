import { AUDIO_ENCODINGS, type AudioEncoding } from './audio-format.ts';

/** Version in the first byte of a binary audio message. */
export const AUDIO_FRAME_VERSION: number = 1;

/** Bytes before the payload of a binary audio message. */
export const AUDIO_HEADER_BYTES: number = 20;

/** The `kind` byte of each encoding. */
export const AUDIO_KINDS: Readonly<Record<AudioEncoding, number>> = { pcm_s16le: 1, mulaw: 2, opus: 3 };

const U32 = 0x1_0000_0000;

/**
 * Writes the header of a binary audio message: {@link AUDIO_HEADER_BYTES} bytes of `target` from `at`.
 * Made for the hot path: allocates nothing and checks nothing.
 *
 * @param kind one of {@link AUDIO_KINDS}
 * @param flags reserved for what is to come: 0
 * @param generation u32
 * @param sequence u32, from 1
 * @param sampleOffset samples sent before this frame in the session, a whole number up to 2^53 - 1
 */
export function writeAudioHeader(
  target: Uint8Array,
  at: number,
  kind: number,
  flags: number,
  generation: number,
  sequence: number,
  sampleOffset: number,
): void {
  target[at] = AUDIO_FRAME_VERSION;
  target[at + 1] = kind;
  target[at + 2] = flags;
  target[at + 3] = flags >>> 8;
  writeU32(target, at + 4, generation);
  writeU32(target, at + 8, sequence);
  writeU32(target, at + 12, sampleOffset);
  writeU32(target, at + 16, Math.floor(sampleOffset / U32));
}

/** Writes the number modulo 2^32; an element of a byte array takes its value modulo 256. */
function writeU32(target: Uint8Array, at: number, value: number): void {
  target[at] = value;
  target[at + 1] = value >>> 8;
  target[at + 2] = value >>> 16;
  target[at + 3] = value >>> 24;
}

/** A binary audio message. */
export interface AudioFrame {
  readonly encoding: AudioEncoding;
  /** Reserved: 0 when sent, to be ignored when read. */
  readonly flags: number;
  /** u32. */
  readonly generation: number;
  /** u32, from 1. */
  readonly sequence: number;
  /** Samples sent before this frame in the session, each at the output rate of then (Opus: 48 kHz). */
  readonly sampleOffset: number;
  /** A view into the decoded message, not a copy: whole samples, or one Opus packet. */
  readonly payload: Uint8Array;
}

/** What came of {@link decodeAudioFrame}. */
export type DecodedAudioFrame =
  | { readonly kind: 'ok'; readonly frame: AudioFrame }
  | { readonly kind: 'invalid'; readonly problem: string };

/** Decodes a binary audio message; never throws. The payload is a view into `bytes`. */
export function decodeAudioFrame(bytes: Uint8Array): DecodedAudioFrame {
  if (bytes.byteLength < AUDIO_HEADER_BYTES) {
    return invalid(`must have a header of ${AUDIO_HEADER_BYTES} bytes, but has ${bytes.byteLength} in all`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint8(0);
  if (version !== AUDIO_FRAME_VERSION)
    return invalid(`must have version ${AUDIO_FRAME_VERSION}, but has ${version}`);
  const encoding = AUDIO_ENCODINGS[view.getUint8(1) - 1];
  if (encoding === undefined)
    return invalid(`must have a kind from 1 to ${AUDIO_ENCODINGS.length}, but has ${view.getUint8(1)}`);
  const sequence = view.getUint32(8, true);
  if (sequence === 0) return invalid('must have a sequence from 1, but has 0');
  const sampleOffset = view.getUint32(16, true) * U32 + view.getUint32(12, true);
  if (sampleOffset > Number.MAX_SAFE_INTEGER) return invalid('has a sample offset beyond 2^53 - 1');
  const payload = bytes.subarray(AUDIO_HEADER_BYTES);
  if (encoding === 'pcm_s16le' && payload.byteLength % 2 !== 0)
    return invalid(`must have a payload of whole 16-bit samples, but has ${payload.byteLength} bytes`);
  return {
    kind: 'ok',
    frame: {
      encoding,
      flags: view.getUint16(2, true),
      generation: view.getUint32(4, true),
      sequence,
      sampleOffset,
      payload,
    },
  };
}

function invalid(problem: string): DecodedAudioFrame {
  return { kind: 'invalid', problem: `The audio message ${problem}.` };
}
