import type { AsrSegment } from './asr-engine.ts';
import type { Recognition } from './recognizer.ts';
import { joinWords, splitWords } from './split-words.ts';
import { advance, matchingLength, NO_WORDS, settle, type StableWords } from './stable-prefix.ts';

/** The words of one turn: of stretches that are decoded for good, and of the one that still grows. */
export class TurnText {
  readonly #segments: AsrSegment[] = [];
  /** What partials show of the stretches that are decoded for good. */
  readonly #settled: string[] = [];
  /** Words of the growing stretch. */
  #words: StableWords = NO_WORDS;
  #shown = '';
  #language: string | undefined;

  /** All that is decoded for good, as it was decoded: the last word on what partials have shown. */
  get text(): string {
    return joinWords(this.#segments.map(({ text }) => text));
  }

  /** The language of the first stretch in which something was said. */
  get language(): string | undefined {
    return this.#language;
  }

  /** The stretches in which something was said. */
  get segments(): readonly AsrSegment[] {
    return this.#segments;
  }

  /** Takes in another decode of the growing stretch; `undefined` when that changes nothing that is shown. */
  grow(decoded: string): { readonly text: string; readonly stableLength: number } | undefined {
    const { state, words } = advance(this.#words, splitWords(decoded));
    this.#words = state;
    const text = joinWords([...this.#settled, ...words]);
    if (text === this.#shown) return undefined;
    this.#shown = text;
    return { text, stableLength: joinWords([...this.#settled, ...state.stable]).length };
  }

  /** Takes in the decode for good of the next stretch, of which the growing one may have shown some or all. */
  settle({ text, language }: Recognition, stretch: Omit<AsrSegment, 'text'>): void {
    const decoded = splitWords(text);
    const { stable } = this.#words;
    // Stable words from behind the cut belong to the next stretch.
    const own = matchingLength(decoded, stable);
    this.#settled.push(...settle({ stable: stable.slice(0, own), previous: [] }, decoded));
    this.#words = { stable: stable.slice(own), previous: [] };
    if (decoded.length === 0) return;
    this.#language ??= language;
    this.#segments.push({ text: joinWords(decoded), ...stretch });
  }
}
