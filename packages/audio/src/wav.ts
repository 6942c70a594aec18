import { BYTES_PER_SAMPLE } from './pcm-format.ts';

/** Size of the header that {@link wavHeader} writes, in bytes. */
export const WAV_HEADER_BYTES: number = 44;

/** Written instead of a size that is not known yet, as when a WAV is streamed to a pipe. */
const UNKNOWN_SIZE = 0xffff_ffff;
/** Other programs write this much or more where they do not know: up to 4 KiB less than 2 GiB. */
const LEAST_UNKNOWN_SIZE = 0x7fff_f000;
const FORMAT_PCM = 1;
const FORMAT_EXTENSIBLE = 0xfffe;

/** Options of {@link wavHeader}. */
export interface WavHeaderOptions {
  /** Sample rate in Hz. */
  readonly sampleRateHz: number;
  /** 1 (the default) or 2. */
  readonly channels?: 1 | 2;
  /** Bytes of PCM that follow; left out, the header is the streaming form, with both sizes 0xFFFFFFFF. */
  readonly dataBytes?: number;
}

/** What {@link parseWav} found. */
export interface WavAudio {
  /** Sample rate in Hz. */
  readonly sampleRateHz: number;
  /** With 2, samples are interleaved: left, right. */
  readonly channels: 1 | 2;
  /** s16le samples, whole sample frames only; a view into the parsed bytes. */
  readonly pcm: Uint8Array;
  /** Bytes of samples that the header announces and that are not there; 0 where it does not know its size. */
  readonly missingBytes: number;
}

type WavFormat = Pick<WavAudio, 'sampleRateHz' | 'channels'>;

/** Why a WAV could not be read. */
export type WavErrorCode = 'NOT_WAV' | 'TRUNCATED' | 'UNSUPPORTED_FORMAT';

/** Thrown by {@link parseWav}; the message says what was found and what would be right. */
export class WavError extends Error {
  override readonly name = 'WavError';
  readonly code: WavErrorCode;

  constructor(code: WavErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Writes the 44-byte header of an s16le PCM WAV; owned by the caller.
 *
 * @throws RangeError when `dataBytes` does not fit into a WAV (4 GiB)
 */
export function wavHeader(options: WavHeaderOptions): Uint8Array {
  const { sampleRateHz, channels = 1, dataBytes } = options;
  const riffBytes = dataBytes === undefined ? UNKNOWN_SIZE : dataBytes + WAV_HEADER_BYTES - 8;
  if (!Number.isInteger(riffBytes) || riffBytes > UNKNOWN_SIZE || riffBytes < WAV_HEADER_BYTES - 8) {
    throw new RangeError(`A WAV cannot hold ${dataBytes} bytes of samples; it must be 0 to 4294967259.`);
  }
  const header = new Uint8Array(WAV_HEADER_BYTES);
  const view = new DataView(header.buffer);
  const blockBytes = channels * BYTES_PER_SAMPLE;
  writeTag(header, 0, 'RIFF');
  view.setUint32(4, riffBytes, true);
  writeTag(header, 8, 'WAVE');
  writeTag(header, 12, 'fmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, FORMAT_PCM, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * blockBytes, true);
  view.setUint16(32, blockBytes, true);
  view.setUint16(34, BYTES_PER_SAMPLE * 8, true);
  writeTag(header, 36, 'data');
  view.setUint32(40, dataBytes ?? UNKNOWN_SIZE, true);
  return header;
}

/**
 * Reads a WAV of 16-bit PCM, mono or stereo. Chunks other than `fmt ` and `data` are skipped. A data size
 * that is unknown (0xFFFFFFFF) or longer than the bytes given means "to the end".
 *
 * @throws WavError `NOT_WAV`, `TRUNCATED` (no `fmt ` or `data` chunk) or `UNSUPPORTED_FORMAT`
 */
export function parseWav(bytes: Uint8Array): WavAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 12 || readTag(bytes, 0) !== 'RIFF' || readTag(bytes, 8) !== 'WAVE') {
    throw new WavError('NOT_WAV', 'This is not a WAV: it must begin with "RIFF", a size and "WAVE".');
  }
  let format: WavFormat | undefined;
  let offset = 12;
  while (offset + 8 <= bytes.byteLength) {
    const tag = readTag(bytes, offset);
    const size = view.getUint32(offset + 4, true);
    const start = offset + 8;
    if (tag === 'fmt ') format = readFormat(view, start, size);
    if (tag === 'data') {
      if (format === undefined) {
        throw new WavError('TRUNCATED', 'The WAV has no "fmt " chunk before its "data" chunk.');
      }
      const available = Math.min(size, bytes.byteLength - start);
      const blockBytes = format.channels * BYTES_PER_SAMPLE;
      return {
        ...format,
        pcm: bytes.subarray(start, start + available - (available % blockBytes)),
        missingBytes: size < LEAST_UNKNOWN_SIZE ? size - available : 0,
      };
    }
    // Chunks of odd size are followed by one byte of padding.
    offset = start + size + (size % 2);
  }
  throw new WavError('TRUNCATED', 'The WAV ends before its "data" chunk.');
}

function readFormat(view: DataView, start: number, size: number): WavFormat {
  if (size < 16 || start + size > view.byteLength) {
    throw new WavError('TRUNCATED', `The WAV's "fmt " chunk must hold at least 16 bytes.`);
  }
  let encoding = view.getUint16(start, true);
  // The extensible form keeps the real encoding in the first two bytes of its sub-format GUID.
  if (encoding === FORMAT_EXTENSIBLE && size >= 40) encoding = view.getUint16(start + 24, true);
  const channels = view.getUint16(start + 2, true);
  const sampleRateHz = view.getUint32(start + 4, true);
  const bits = view.getUint16(start + 14, true);
  if (encoding !== FORMAT_PCM || bits !== 16) {
    throw new WavError(
      'UNSUPPORTED_FORMAT',
      `The WAV holds encoding ${encoding} with ${bits} bits a sample; it must be PCM (1) with 16 bits.`,
    );
  }
  if ((channels !== 1 && channels !== 2) || sampleRateHz === 0) {
    throw new WavError(
      'UNSUPPORTED_FORMAT',
      `The WAV has ${channels} channels at ${sampleRateHz} Hz; it must have 1 or 2 and a rate above 0.`,
    );
  }
  return { sampleRateHz, channels };
}

function writeTag(bytes: Uint8Array, offset: number, tag: string): void {
  for (let i = 0; i < 4; i += 1) bytes[offset + i] = tag.charCodeAt(i);
}

function readTag(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}
