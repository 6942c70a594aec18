/** One frame of MPEG-1, 2 or 2.5 Layer III, as its header tells it. */
export interface Mp3Frame {
  /** With its header. */
  readonly bytes: number;
  readonly sampleRateHz: number;
  readonly channels: 1 | 2;
  /** Samples of each channel. */
  readonly samples: number;
  /** Where a tag of the encoder begins, if there is one: after the side information. */
  readonly tagOffset: number;
}

/** Bytes of a frame's header. */
export const MP3_HEADER_BYTES = 4;

const LAYER_3 = 1;
const MPEG_1 = 3;
const MONO = 3;
const RATES_HZ: readonly number[] = [44_100, 48_000, 32_000];
const MPEG_1_KBPS: readonly number[] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const MPEG_2_KBPS: readonly number[] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/** Reads a frame's header (ISO 11172-3, 2.4.1.3); `undefined` where there is none, or one of no fixed size. */
export function readMp3Frame(bytes: Uint8Array, offset: number): Mp3Frame | undefined {
  const [sync = 0, flags = 0, rates = 0, mode = 0] = bytes.subarray(offset, offset + MP3_HEADER_BYTES);
  if (sync !== 0xff || (flags & 0xe0) !== 0xe0) return undefined;
  const version = (flags >> 3) & 3;
  if (version === 1 || ((flags >> 1) & 3) !== LAYER_3) return undefined;
  const isMpeg1 = version === MPEG_1;
  const kbps = (isMpeg1 ? MPEG_1_KBPS : MPEG_2_KBPS)[rates >> 4] ?? 0;
  const baseHz = RATES_HZ[(rates >> 2) & 3];
  if (kbps === 0 || baseHz === undefined) return undefined;
  // MPEG-2 has half of the rates, 2.5 a quarter.
  const sampleRateHz = isMpeg1 ? baseHz : version === 2 ? baseHz / 2 : baseHz / 4;
  const samples = isMpeg1 ? 1152 : 576;
  const channels = mode >> 6 === MONO ? 1 : 2;
  const sideBytes = isMpeg1 ? (channels === 1 ? 17 : 32) : channels === 1 ? 9 : 17;
  return {
    bytes: Math.floor((samples / 8) * ((kbps * 1000) / sampleRateHz)) + ((rates >> 1) & 1),
    sampleRateHz,
    channels,
    samples,
    tagOffset: MP3_HEADER_BYTES + sideBytes,
  };
}
