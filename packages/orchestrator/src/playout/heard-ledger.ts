import { DEFAULT_SAMPLE_RATE_HZ } from '@parley/audio';
import { joinTexts } from '../text/index.ts';

/** One word of a segment and when it has been spoken, counted from the segment's first sample. */
export interface WordTiming {
  /** Where the word begins in the segment's text, in UTF-16 code units. */
  readonly textOffset: number;
  /** Length of the word in the text, in UTF-16 code units. */
  readonly length: number;
  readonly endMs: number;
}

/** What a client has heard of one utterance. */
export interface Heard {
  readonly heardMs: number;
  /** Whole words only. */
  readonly heardText: string;
  /** The rest of the text that was given to workers, from the first word that was not heard whole. */
  readonly unheardText: string;
}

interface SpokenSegment {
  readonly text: string;
  /** Samples of the utterance before it. */
  readonly fromSample: number;
  /** Samples of the utterance up to its end; unknown while it is being synthesized. */
  toSample: number | undefined;
  readonly words: WordTiming[];
}

/** How fast text is spoken where nothing is known yet: about 150 words a minute. */
const TYPICAL_SAMPLES_PER_CHARACTER = (DEFAULT_SAMPLE_RATE_HZ * 65) / 1000;
const SAMPLES_PER_MS = DEFAULT_SAMPLE_RATE_HZ / 1000;

/**
 * Which text belongs to which samples of one utterance (48 kHz, counted from its first sample). With the words'
 * times from the engine the answer is exact to the word; without them it is in proportion to the length.
 */
export class HeardLedger {
  readonly #segments: SpokenSegment[] = [];

  /** A segment begins, behind `fromSample` samples of the utterance. */
  beginSegment(text: string, fromSample: number): void {
    this.#segments.push({ text, fromSample, toSample: undefined, words: [] });
  }

  /** The engine's word times of the segment that began last; they may come in several parts. */
  addWords(words: readonly WordTiming[]): void {
    this.#segments.at(-1)?.words.push(...words);
  }

  /** The segment that began last is complete, with `toSample` samples of the utterance up to its end. */
  endSegment(toSample: number): void {
    const last = this.#segments.at(-1);
    if (last !== undefined) last.toSample = toSample;
  }

  /** What was heard when `samples` samples of the utterance have been played. */
  heard(samples: number): Heard {
    const heard: string[] = [];
    const unheard: string[] = [];
    for (const segment of this.#segments) {
      const end = heardLength(segment, samples - segment.fromSample);
      heard.push(segment.text.slice(0, end));
      unheard.push(segment.text.slice(end));
    }
    return {
      heardMs: Math.round(Math.max(0, samples) / SAMPLES_PER_MS),
      heardText: joinTexts(heard),
      unheardText: joinTexts(unheard),
    };
  }
}

/** How much of the segment's text was heard, in UTF-16 code units. */
function heardLength(segment: SpokenSegment, samples: number): number {
  if (samples <= 0) return 0;
  const { text, words, fromSample, toSample } = segment;
  const length = toSample === undefined ? undefined : toSample - fromSample;
  if (length !== undefined && samples >= length) return text.length;
  if (words.length === 0) return inProportion(text, samples, length);
  const heardMs = samples / SAMPLES_PER_MS;
  let end = 0;
  for (const word of words) {
    if (word.endMs <= heardMs) end = Math.max(end, word.textOffset + word.length);
  }
  return end;
}

function inProportion(text: string, samples: number, length: number | undefined): number {
  const share = samples / (length ?? text.length * TYPICAL_SAMPLES_PER_CHARACTER);
  const end = Math.floor(share * text.length);
  if (end >= text.length) return text.length;
  // A word that is cut was not heard.
  const wholeWords = /^[\s\S]*(?=\s)/.exec(text.slice(0, end + 1));
  return wholeWords?.[0].length ?? 0;
}
