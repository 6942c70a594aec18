import { WorkerError } from '../../worker-error.ts';
import type { AnswerDecoder } from './answer-decoder.ts';
import { createMp3Decoder } from './mp3/mp3-decoder.ts';
import { MP3_HEADER_BYTES, readMp3Frame } from './mp3/mp3-frame.ts';
import { createOggOpusDecoder } from './opus/ogg-opus-decoder.ts';
import { createPcmDecoder } from './pcm-decoder.ts';
import { createWavDecoder } from './wav-decoder.ts';

/** What the first bytes of most answers are enough to tell. */
const TAG_BYTES = 12;

/** How much of an answer tells what it is: with what may be a frame of MP3, the header of the next frame as well. */
export function bytesToTell(start: Uint8Array): number {
  const frame = readMp3Frame(start, 0);
  return frame === undefined ? TAG_BYTES : frame.bytes + MP3_HEADER_BYTES;
}

/**
 * The decoder for an answer by its first bytes, whatever was asked for: some servers know one format only, and
 * many name a wrong type.
 *
 * @param start as many bytes as {@link bytesToTell} asks for, or all there is of a shorter answer
 * @param contentType of the answer; consulted where bytes could be either, and to refuse text
 * @throws WorkerError `ENGINE_FAILED` for what cannot be decoded
 */
export function chooseDecoder(start: Uint8Array, contentType: string, pcmRateHz: number): AnswerDecoder {
  const head = Buffer.from(start);
  const tag = head.subarray(0, 4).toString('latin1');
  if (tag === 'RIFF' && head.subarray(8, 12).toString('latin1') === 'WAVE') return createWavDecoder();
  if (tag === 'OggS') return createOggOpusDecoder();
  if (tag.startsWith('ID3') || /mpeg|mp3/iu.test(contentType)) return createMp3Decoder();
  // Samples of bare PCM may begin like a frame of MP3, but not like two in a row.
  if (!/pcm|l16/iu.test(contentType) && beginsWithTwoMp3Frames(start)) return createMp3Decoder();
  const compressed = tag === 'fLaC' ? 'FLAC' : /aac|flac|opus|ogg|webm/iu.exec(contentType)?.[0];
  if (compressed !== undefined) {
    throw new WorkerError(
      'ENGINE_FAILED',
      `the speech server answers with ${compressed}, which is not decoded here; it must send pcm, wav, mp3 or Opus in Ogg`,
    );
  }
  if (/json|html|text\//iu.test(contentType)) {
    throw new WorkerError('ENGINE_FAILED', `the speech server answers with ${contentType} instead of audio`);
  }
  return createPcmDecoder(rateIn(contentType) ?? pcmRateHz);
}

function beginsWithTwoMp3Frames(start: Uint8Array): boolean {
  const first = readMp3Frame(start, 0);
  const second = first === undefined ? undefined : readMp3Frame(start, first.bytes);
  return second !== undefined && second.sampleRateHz === first?.sampleRateHz;
}

/** `audio/pcm;rate=16000` and `audio/L16; rate=16000` tell the rate. */
function rateIn(contentType: string): number | undefined {
  const rate = Number(/;\s*rate=(\d{4,6})/iu.exec(contentType)?.[1]);
  return rate >= 8000 && rate <= 192_000 ? rate : undefined;
}
