import type { EspeakEvent } from '@echogarden/espeak-ng-emscripten';
import type { PreparedText } from './prepare-text.ts';
import type { SoundTrack } from './sound-track.ts';

/** When one word is spoken. */
export interface EspeakMark {
  readonly word: string;
  /** Milliseconds from the first sample of the text's audio. */
  readonly startMs: number;
  /** The end of its sound: a pause after the word is no part of it. */
  readonly endMs: number;
  /** Where the word starts in the text, in UTF-16 code units. */
  readonly textOffset: number;
}

/** Turns espeak's events into marks, in order of time and of text. */
export interface WordMarker {
  /** Takes the events of one piece of audio and returns the words that are now known to end. */
  take(events: readonly EspeakEvent[]): EspeakMark[];
  /** The last word; the audio ends at `endMs`. */
  finish(endMs: number): EspeakMark[];
}

/**
 * A mark reaches from its word to the next one in the text, punctuation included, and the first one starts with the
 * text: marks cover all of it. In time it reaches to the end of the word's sound. Events that go back, or point at
 * nothing (espeak reads some characters as several words), lengthen the word before.
 *
 * `sound`: has taken the audio up to the events that are given.
 */
export function createWordMarker(original: string, prepared: PreparedText, sound: SoundTrack): WordMarker {
  let begun = false;
  let open: { textOffset: number; startMs: number } | undefined;

  const close = (endMs: number, textEnd: number): EspeakMark[] => {
    if (open === undefined) return [];
    const { textOffset, startMs } = open;
    open = undefined;
    const word = original.slice(textOffset, textEnd).trimEnd();
    const soundEndMs = sound.endOfSound(startMs, Math.max(startMs, endMs));
    return [{ word, startMs, endMs: soundEndMs, textOffset }];
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
