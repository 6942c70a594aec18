import type { AudioEncoding, AudioFrame } from '@parley/protocol/client';
import type { SpeechFrame } from '../audio-sink.ts';
import { countSamples, decodeSpeech, type DecodeOpus } from '../playback/decode-speech.ts';

/** What became of the frames that arrived. */
export interface SpeechCounters {
  /** Frames handed on to be played. */
  readonly accepted: number;
  /** Frames dropped because they had arrived before: sent again after a resume. */
  readonly repeated: number;
  /** Frames dropped because their generation had been cleared or followed by another. */
  readonly stale: number;
  /** Samples that never arrived. */
  readonly missingSamples: number;
}

/** Options of {@link SpeechInbox}. */
export interface SpeechInboxOptions {
  /** Needed where speech comes as Opus. */
  readonly decodeOpus?: DecodeOpus | undefined;
}

/**
 * Decides what of the speech that arrives is played: every sample once and in order, nothing of a generation
 * that was cleared, and nothing older than what has been begun.
 */
export class SpeechInbox {
  readonly #decodeOpus: DecodeOpus | undefined;
  #sampleRateHz = 0;
  #nextSample = 0;
  #clearedGeneration = -1;
  #generation = 0;
  #counters = { accepted: 0, repeated: 0, stale: 0, missingSamples: 0 };

  constructor({ decodeOpus }: SpeechInboxOptions = {}) {
    this.#decodeOpus = decodeOpus;
  }

  /** Place on the sample axis of the first sample that has not arrived. */
  get nextSample(): number {
    return this.#nextSample;
  }

  /** Newest generation of which something has arrived; 0 at first. */
  get generation(): number {
    return this.#generation;
  }

  /** What became of the frames so far. */
  get counters(): SpeechCounters {
    return { ...this.#counters };
  }

  /** Sets the rate of what arrives from now on; the count of samples goes on from where it is. */
  setSampleRate(sampleRateHz: number): void {
    this.#sampleRateHz = sampleRateHz;
  }

  /** Refuses everything of this generation and of older ones from now on. */
  clear(generation: number): void {
    this.#clearedGeneration = Math.max(this.#clearedGeneration, generation);
  }

  /** Begins anew, for another session. */
  restart(): void {
    this.#nextSample = 0;
    this.#clearedGeneration = -1;
    this.#generation = 0;
  }

  /**
   * The frame as it is to be played, or `undefined` when it is not. Throws when it cannot be decoded.
   *
   * @param isVoid whether it was said before the server knew of a STOP: it only counts
   */
  accept(frame: AudioFrame, isVoid = false): SpeechFrame | undefined {
    const length = countSamples(frame.encoding, frame.payload);
    const known = this.#nextSample - frame.sampleOffset;
    if (known >= length && length > 0) {
      this.#counters.repeated += 1;
      return undefined;
    }
    if (known < 0) this.#counters.missingSamples -= known;
    this.#nextSample = frame.sampleOffset + length;
    const isStale = frame.generation <= this.#clearedGeneration || frame.generation < this.#generation;
    if (isVoid || isStale) {
      this.#counters.stale += 1;
      return undefined;
    }
    this.#generation = frame.generation;
    this.#counters.accepted += 1;
    const skipped = Math.max(0, known);
    const decoded = this.#decode(frame.encoding, frame.payload);
    return {
      samples: skipped === 0 ? decoded : decoded.slice(skipped),
      sampleRateHz: this.#sampleRateHz,
      generation: frame.generation,
      sampleOffset: frame.sampleOffset + skipped,
    };
  }

  #decode(encoding: AudioEncoding, payload: Uint8Array): Int16Array<ArrayBuffer> {
    if (encoding !== 'opus') return decodeSpeech(encoding, payload);
    if (this.#decodeOpus === undefined) {
      throw new TypeError('Speech comes as Opus, which needs the option decodeOpus');
    }
    return this.#decodeOpus(payload);
  }
}
