import { parseWav, WavError } from '@parley/audio';
import { messageOf, WorkerError } from '../../worker-error.ts';
import { type AnswerDecoder, joinBytes } from './answer-decoder.ts';
import { toMono } from './to-mono.ts';

const nothing = new Uint8Array(0);
/** What may come before the samples: chunks with names, pictures. */
const MAX_HEADER_BYTES = 256 * 1024;
const BYTES_PER_SAMPLE = 2;
/** Sizes from here on mean "unknown", as streaming servers write them: 0xFFFFFFFF, 0x7FFFFFFF and the like. */
const UNKNOWN_FROM = 0x7fff_0000;

interface WavBody {
  readonly sampleRateHz: number;
  readonly channels: 1 | 2;
  /** Bytes of samples still to come; `Infinity` when the header did not know. */
  left: number;
}

/**
 * Reads a WAV of 16-bit PCM while it comes, with or without a size in its header. Stereo becomes mono; chunks
 * after the samples are dropped.
 */
export function createWavDecoder(): AnswerDecoder {
  let body: WavBody | undefined;
  let rest: Uint8Array = nothing;

  const takeHeader = (): boolean => {
    const start = dataStart(rest);
    if (start === undefined) {
      if (rest.length > MAX_HEADER_BYTES) throw broken(`it has no samples within ${MAX_HEADER_BYTES} bytes`);
      return false;
    }
    try {
      const { sampleRateHz, channels } = parseWav(rest.subarray(0, start));
      const size = new DataView(rest.buffer, rest.byteOffset, rest.byteLength).getUint32(start - 4, true);
      body = { sampleRateHz, channels, left: size === 0 || size >= UNKNOWN_FROM ? Infinity : size };
    } catch (error) {
      throw broken(messageOf(error), error);
    }
    rest = rest.subarray(start);
    return true;
  };

  return {
    decode(bytes) {
      rest = joinBytes(rest, bytes);
      if (body === undefined && !takeHeader()) return undefined;
      if (body === undefined) return undefined;
      const blockBytes = BYTES_PER_SAMPLE * body.channels;
      const available = Math.min(rest.length, body.left);
      const whole = available - (available % blockBytes);
      const samples = rest.subarray(0, whole);
      body.left -= whole;
      rest = body.left < blockBytes ? nothing : rest.subarray(whole);
      if (whole === 0) return undefined;
      return { pcm: body.channels === 2 ? toMono(samples) : samples, sampleRateHz: body.sampleRateHz };
    },
    end() {
      if (body === undefined) throw broken('it ended before its samples');
      if (body.left !== Infinity && body.left >= BYTES_PER_SAMPLE * body.channels) {
        throw broken(`it ended ${body.left} bytes before its end`);
      }
    },
    close: () => undefined,
  };
}

/** Where the samples begin, once the header up to there is complete. */
function dataStart(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 12;
  while (offset + 8 <= bytes.length) {
    if (Buffer.from(bytes.subarray(offset, offset + 4)).toString('latin1') === 'data') return offset + 8;
    const size = view.getUint32(offset + 4, true);
    offset += 8 + size + (size % 2);
  }
  return undefined;
}

function broken(why: string, cause?: unknown): WorkerError {
  const hint = cause instanceof WavError ? '' : 'the WAV of the speech server is broken: ';
  return new WorkerError('ENGINE_FAILED', `${hint}${why}`, { cause });
}
