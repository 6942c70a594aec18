import type { Mp3Frame } from './mp3-frame.ts';

/** What an encoder says of a whole file, in a first frame that is not to be heard. */
export interface EncoderTag {
  /** Frames that follow; absent where the encoder did not know. */
  readonly frames?: number;
  /** Samples at the start that the encoder added; 0 where it does not say. */
  readonly delay: number;
  /** The same at the end. */
  readonly padding: number;
}

const HAS_FRAMES = 1;
const HAS_BYTES = 2;
const HAS_SEEK_TABLE = 4;
const HAS_QUALITY = 8;
const SEEK_TABLE_BYTES = 100;
/** From the name of the encoder to its delay and padding. */
const DELAY_OFFSET = 21;

/** Reads the tag that Xing began and LAME went on with; `undefined` for a frame that is to be heard. */
export function readEncoderTag(frame: Uint8Array, { tagOffset }: Mp3Frame): EncoderTag | undefined {
  if (frame.length < tagOffset + 8) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const name = Buffer.from(frame.subarray(tagOffset, tagOffset + 4)).toString('latin1');
  if (name !== 'Xing' && name !== 'Info') return undefined;
  const has = view.getUint32(tagOffset + 4);
  let at = tagOffset + 8;
  const frames = (has & HAS_FRAMES) !== 0 && at + 4 <= frame.length ? view.getUint32(at) : 0;
  for (const [flag, bytes] of [
    [HAS_FRAMES, 4],
    [HAS_BYTES, 4],
    [HAS_SEEK_TABLE, SEEK_TABLE_BYTES],
    [HAS_QUALITY, 4],
  ] as const) {
    if ((has & flag) !== 0) at += bytes;
  }
  const both = at + DELAY_OFFSET + 3 <= frame.length ? view.getUint32(at + DELAY_OFFSET - 1) & 0xff_ffff : 0;
  return { ...(frames > 0 && { frames }), delay: both >> 12, padding: both & 0xfff };
}
