import { WorkerError } from '../../../worker-error.ts';
import { type AnswerDecoder, type DecodedAudio, joinBytes } from '../answer-decoder.ts';
import { toMono } from '../to-mono.ts';
import { type EncoderTag, readEncoderTag } from './encoder-tag.ts';
import { Mp3Core } from './mp3-core.ts';
import { type Mp3Frame, readMp3Frame } from './mp3-frame.ts';

const nothing = new Uint8Array(0);
const BYTES_PER_SAMPLE = 2;
/** By how much any decoder is late, in samples: encoders count it to neither their delay nor their padding. */
const DECODER_DELAY = 529;
/** ID3v2 at the start of a file, ID3v1 at its end. */
const ID3_HEADER_BYTES = 10;
const ID3V1_BYTES = 128;

/**
 * Reads MP3 frame by frame while it comes: Layer III of MPEG-1, 2 and 2.5, of fixed or variable bit rate. What the
 * encoder says it has added at start and end is left out. Files one after the other are one answer, as servers
 * send that speak sentence by sentence.
 */
export function createMp3Decoder(): AnswerDecoder {
  return new Mp3Decoder();
}

class Mp3Decoder implements AnswerDecoder {
  readonly #core = new Mp3Core();
  #rest: Uint8Array = nothing;
  /** Bytes of a tag with names and pictures still to be passed over. */
  #toSkip = 0;
  #position = new FilePosition(undefined);
  #sampleRateHz = 0;

  decode(bytes: Uint8Array): DecodedAudio | undefined {
    this.#rest = joinBytes(this.#rest, bytes);
    const pieces: Uint8Array[] = [];
    while (this.#skipTags()) {
      const frame = readMp3Frame(this.#rest, 0);
      if (frame === undefined) throw broken('there is no frame where one should begin');
      if (this.#rest.length < frame.bytes) break;
      const pcm = this.#decodeFrame(this.#rest.subarray(0, frame.bytes), frame);
      this.#rest = this.#rest.subarray(frame.bytes);
      if (pcm.length > 0) pieces.push(pcm);
    }
    return pieces.length === 0 ? undefined : { pcm: Buffer.concat(pieces), sampleRateHz: this.#sampleRateHz };
  }

  end(): void {
    if (this.#toSkip > 0 || this.#rest.length > 0) throw broken('it ended within a frame');
    if (this.#sampleRateHz === 0) throw broken('it has no audio');
    this.#position.end();
  }

  close(): void {}

  /** Passes over tags. Tells whether what follows is enough to be looked at. */
  #skipTags(): boolean {
    for (;;) {
      const skipped = Math.min(this.#toSkip, this.#rest.length);
      this.#toSkip -= skipped;
      this.#rest = this.#rest.subarray(skipped);
      if (this.#toSkip > 0 || this.#rest.length < ID3_HEADER_BYTES) return false;
      const tag = Buffer.from(this.#rest.subarray(0, 3)).toString('latin1');
      if (tag === 'TAG') this.#toSkip = ID3V1_BYTES;
      else if (tag === 'ID3') this.#toSkip = id3Bytes(this.#rest);
      else return true;
    }
  }

  #decodeFrame(bytes: Uint8Array, frame: Mp3Frame): Uint8Array {
    const tag = readEncoderTag(bytes, frame);
    if (tag !== undefined) {
      this.#position.end();
      this.#position = new FilePosition(tag);
      return nothing;
    }
    if (this.#sampleRateHz !== 0 && this.#sampleRateHz !== frame.sampleRateHz) {
      throw broken(`its rate changes from ${this.#sampleRateHz} to ${frame.sampleRateHz} Hz`);
    }
    this.#sampleRateHz = frame.sampleRateHz;
    const pcm = this.#core.decode(bytes, frame.samples, frame.channels);
    return this.#position.cut(frame.channels === 2 ? toMono(pcm) : pcm);
  }
}

/** How far a file has come, and what of it is to be heard. */
class FilePosition {
  readonly #tag: EncoderTag | undefined;
  #frames = 0;
  #toDrop: number;
  #toGive: number;

  constructor(tag: EncoderTag | undefined) {
    this.#tag = tag;
    const isSaid = tag !== undefined && tag.delay + tag.padding > 0;
    this.#toDrop = isSaid ? tag.delay + DECODER_DELAY : 0;
    this.#toGive = Infinity;
  }

  cut(pcm: Uint8Array): Uint8Array {
    const samples = pcm.length / BYTES_PER_SAMPLE;
    this.#frames += 1;
    if (this.#frames === 1 && this.#tag?.frames !== undefined) {
      this.#toGive = this.#tag.frames * samples - this.#tag.delay - this.#tag.padding;
    }
    const dropped = Math.min(this.#toDrop, samples);
    const given = Math.min(samples - dropped, this.#toGive);
    this.#toDrop -= dropped;
    this.#toGive -= given;
    return pcm.subarray(dropped * BYTES_PER_SAMPLE, (dropped + given) * BYTES_PER_SAMPLE);
  }

  /** @throws WorkerError when the encoder spoke of more frames than came */
  end(): void {
    const { frames = 0 } = this.#tag ?? {};
    if (this.#frames < frames) throw broken(`it ended after ${this.#frames} of ${frames} frames`);
  }
}

/** Size of an ID3v2 tag with its header and footer; four times seven bits (ID3v2.4, 3.1). */
function id3Bytes(tag: Uint8Array): number {
  const [, , , , , flags = 0, a = 0, b = 0, c = 0, d = 0] = tag;
  const footer = (flags & 0x10) === 0 ? 0 : ID3_HEADER_BYTES;
  return ID3_HEADER_BYTES + footer + ((a & 0x7f) << 21) + ((b & 0x7f) << 14) + ((c & 0x7f) << 7) + (d & 0x7f);
}

function broken(why: string): WorkerError {
  return new WorkerError('ENGINE_FAILED', `the MP3 of the speech server is broken: ${why}`);
}
