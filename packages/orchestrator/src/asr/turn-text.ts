import type { AsrSegment } from './asr-engine.ts';
import type { Recognition } from './recognizer.ts';
import { advance, matchingLength, NO_WORDS, settle, type StableWords } from './stable-prefix.ts';

/** The words of one turn: of stretches that are decoded for good, and of the one that still grows. */
export class TurnText {
  readonly #segments: AsrSegment[] = [];
  /** Words of the growing stretch. */
  #words: StableWords = NO_WORDS;
  #shown = '';
  #language: string | undefined;

  /** All that is decoded for good. */
  get text(): string {
    return this.#segments.map(({ text }) => text).join(' ');
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
  grow(decoded: string): { readonly text: string; readonly stableWords: number } | undefined {
    const { state, words } = advance(this.#words, splitWords(decoded));
    this.#words = state;
    const settled = splitWords(this.text);
    const text = [...settled, ...words].join(' ');
    if (text === this.#shown) return undefined;
    this.#shown = text;
    return { text, stableWords: settled.length + state.stable.length };
  }

  /** Takes in the decode for good of the next stretch, of which the growing one may have shown some or all. */
  settle({ text, language }: Recognition, stretch: Omit<AsrSegment, 'text'>, isLast: boolean): void {
    const decoded = splitWords(text);
    const { stable } = this.#words;
    // Stable words from behind the cut belong to the next stretch.
    const own = isLast ? stable.length : matchingLength(decoded, stable);
    const words = settle({ stable: stable.slice(0, own), previous: [] }, decoded);
    this.#words = { stable: stable.slice(own), previous: [] };
    if (words.length === 0) return;
    this.#language ??= language;
    this.#segments.push({ text: words.join(' '), ...stretch });
  }
}

function splitWords(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
