import type { EspeakEvent } from '@echogarden/espeak-ng-emscripten';
import type { PreparedText } from './prepare-text.ts';

/** When one word is spoken. */
export interface EspeakMark {
  readonly word: string;
  /** Milliseconds from the first sample of the text's audio. */
  readonly startMs: number;
  readonly endMs: number;
  /** Where the word starts in the text, in UTF-16 code units. */
  readonly textOffset: number;
}

/** Turns espeak's events into marks, in order of time and of text. */
export interface WordMarker {
  /** Takes the events of one piece of audio and returns the words that are now known to end. */
  take(events: readonly EspeakEvent[]): EspeakMark[];
  /** The last word, which lasts until `endMs`. */
  finish(endMs: number): EspeakMark[];
}

/**
 * A mark reaches from its word to the next one, punctuation included, and the first one starts with the text: marks
 * cover all of it. Events
 * that go back, or point at nothing (espeak reads some characters as several words), lengthen the word
 * before.
 */
export function createWordMarker(original: string, prepared: PreparedText): WordMarker {
  let begun = false;
  let open: { textOffset: number; startMs: number } | undefined;

  const close = (endMs: number, textEnd: number): EspeakMark[] => {
    if (open === undefined) return [];
    const { textOffset, startMs } = open;
    open = undefined;
    const word = original.slice(textOffset, textEnd).trimEnd();
    return [{ word, startMs, endMs: Math.max(startMs, endMs), textOffset }];
  };

  return {
    take(events) {
      const marks: EspeakMark[] = [];
      for (const event of events) {
        if (event.type !== 'word') continue;
        const textOffset = prepared.offsets[event.text_position - 1];
        if (textOffset === undefined || textOffset >= original.length) continue;
        if (open !== undefined && textOffset <= open.textOffset) continue;
        if (/\s/.test(original.charAt(textOffset))) continue;
        const isFirst = open === undefined && !begun;
        begun = true;
        const startMs = Math.max(event.audio_position, open?.startMs ?? 0);
        marks.push(...close(startMs, textOffset));
        open = isFirst ? { textOffset: original.search(/\S/), startMs: 0 } : { textOffset, startMs };
      }
      return marks;
    },
    finish: (endMs) => close(endMs, original.length),
  };
}
