import OpusScript from 'opusscript';
import { messageOf, WorkerError } from '../../../worker-error.ts';
import type { AnswerDecoder, DecodedAudio } from '../answer-decoder.ts';
import { type OggPage, OggPages } from './ogg-pages.ts';
import { MAX_PACKET_SAMPLES, opusPacketSamples } from './opus-duration.ts';
import { readOpusHead } from './opus-head.ts';

/** Opus is decoded at this rate, whatever it was encoded from. */
const RATE_HZ = 48_000;
const BYTES_PER_SAMPLE = 2;
const SET_GAIN = 4034;
/** What is kept of a packet that goes over pages: tags may hold a picture. */
const MAX_TAGS_BYTES = 1024 * 1024;

/**
 * Reads Opus in Ogg (RFC 7845) page by page while it comes, as mono. What is to be skipped at the start, the gain and the
 * end within the last packet are kept to. Streams one after the other, or several at once, are refused.
 */
export function createOggOpusDecoder(): AnswerDecoder {
  return new OggOpusDecoder();
}

class OggOpusDecoder implements AnswerDecoder {
  readonly #pages = new OggPages();
  #opus: OpusScript | undefined;
  #serial: number | undefined;
  #nextSequence = 0;
  #headers = 0;
  #open: Uint8Array[] = [];
  #openBytes = 0;
  #toSkip = 0;
  /** Samples decoded so far, those to be skipped too; and the position of the first, known with the first page. */
  #decoded = 0;
  #startGranule: number | undefined;
  #isOver = false;
  #isClosed = false;

  decode(bytes: Uint8Array): DecodedAudio | undefined {
    const pieces: Uint8Array[] = [];
    try {
      for (const page of this.#pages.take(bytes)) pieces.push(...this.#take(page));
    } catch (error) {
      throw broken(messageOf(error), error);
    }
    const pcm = Buffer.concat(pieces);
    return pcm.length === 0 ? undefined : { pcm, sampleRateHz: RATE_HZ };
  }

  end(): void {
    if (!this.#isOver || !this.#pages.isEmpty) throw broken('it ended before its last page');
    if (this.#decoded === 0) throw broken('it has no audio');
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#opus?.delete();
    this.#opus = undefined;
  }

  #take(page: OggPage): Uint8Array[] {
    this.#check(page);
    const packets = this.#wholePackets(page);
    const pieces: Uint8Array[] = [];
    let samples = 0;
    for (const packet of packets) {
      if (this.#headers < 2) {
        this.#readHeader(packet);
        continue;
      }
      const pcm = this.#decodePacket(packet);
      samples += pcm.length / BYTES_PER_SAMPLE;
      pieces.push(pcm);
    }
    this.#isOver = page.isLast;
    return this.#cut(page, pieces, samples);
  }

  #check(page: OggPage): void {
    if (this.#isOver) throw new Error('another stream follows; only one is read');
    if (this.#serial === undefined) {
      if (!page.isFirst) throw new Error('its beginning is missing');
      this.#serial = page.serial;
    } else if (page.serial !== this.#serial || page.isFirst) {
      throw new Error('another stream begins within it; only one is read');
    } else if (page.sequence !== this.#nextSequence) {
      throw new Error(`page ${this.#nextSequence} is missing`);
    }
    this.#nextSequence = page.sequence + 1;
  }

  #wholePackets(page: OggPage): Uint8Array[] {
    if (page.isContinued !== this.#open.length > 0) throw new Error('a packet is cut off');
    const whole: Uint8Array[] = [];
    for (const [index, part] of page.packets.entries()) {
      this.#open.push(part);
      this.#openBytes += part.length;
      if (this.#openBytes > MAX_TAGS_BYTES) throw new Error(`a packet has more than ${MAX_TAGS_BYTES} bytes`);
      if (page.isLastOpen && index === page.packets.length - 1) break;
      whole.push(this.#open.length === 1 ? part : Buffer.concat(this.#open));
      this.#open = [];
      this.#openBytes = 0;
    }
    return whole;
  }

  #readHeader(packet: Uint8Array): void {
    this.#headers += 1;
    // The second holds names.
    if (this.#headers > 1) return;
    const { preSkip, gain } = readOpusHead(packet);
    this.#toSkip = preSkip;
    // Asked for one channel, it mixes two.
    this.#opus = new OpusScript(RATE_HZ, 1);
    if (gain !== 0) this.#opus.decoderCTL(SET_GAIN, gain);
  }

  #decodePacket(packet: Uint8Array): Uint8Array {
    const samples = opusPacketSamples(packet);
    if (samples === 0) throw new Error('a packet is empty');
    if (samples > MAX_PACKET_SAMPLES) throw new Error('a packet has more than the 60 ms that are decoded');
    const pcm = this.#opus?.decode(Buffer.from(packet));
    if (pcm?.length !== samples * BYTES_PER_SAMPLE) throw new Error('a packet holds less than it says');
    return pcm;
  }

  /** Leaves out what is before the start, and after the position that the last page gives (RFC 7845, 4.4 and 4.5). */
  #cut(page: OggPage, pieces: readonly Uint8Array[], samples: number): Uint8Array[] {
    if (samples === 0) return [];
    this.#decoded += samples;
    if (page.granule >= 0) {
      // A recording may begin anywhere; but a stream of one page ends before its packets do.
      this.#startGranule ??= page.isLast ? 0 : Math.max(0, page.granule - this.#decoded);
    }
    const surplus = page.isLast ? this.#decoded + (this.#startGranule ?? 0) - page.granule : 0;
    const all = Buffer.concat(pieces);
    const end = all.length - Math.min(samples, Math.max(0, surplus)) * BYTES_PER_SAMPLE;
    const skipped = Math.min(this.#toSkip, samples);
    this.#toSkip -= skipped;
    return [all.subarray(skipped * BYTES_PER_SAMPLE, Math.max(skipped * BYTES_PER_SAMPLE, end))];
  }
}

function broken(why: string, cause?: unknown): WorkerError {
  return new WorkerError('ENGINE_FAILED', `the Ogg Opus of the speech server is broken: ${why}`, { cause });
}
