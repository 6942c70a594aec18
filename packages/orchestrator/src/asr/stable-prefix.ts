/** The partials of one stretch of audio: what is settled, and what the decode before this one said. */
export interface StableWords {
  /** Words that two decodes in a row agreed on, as the second of them wrote them. */
  readonly stable: readonly string[];
  /** Words of the last decode. */
  readonly previous: readonly string[];
}

/** What holds before the first decode. */
export const NO_WORDS: StableWords = { stable: [], previous: [] };

/**
 * Takes in the words of another decode of the same audio, now longer. Words at the beginning on which this decode
 * and the one before agree, apart from case and punctuation, become stable.
 *
 * @returns the new state, and the words to show: the stable ones as they are, and behind them what the decode
 * says after the part that means the same
 */
export function advance(
  state: StableWords,
  decoded: readonly string[],
): { readonly state: StableWords; readonly words: readonly string[] } {
  const { stable, previous } = state;
  const words = [...stable, ...decoded.slice(matchingLength(stable, decoded))];
  const before = [...stable, ...previous.slice(matchingLength(stable, previous))];
  let agreed = stable.length;
  while (agreed < words.length && agreed < before.length && isSame(words[agreed], before[agreed]))
    agreed += 1;
  return { state: { stable: words.slice(0, agreed), previous: decoded }, words };
}

/**
 * The words to show of a stretch that was decoded for good while the turn goes on. Where that says the same as the
 * stable words it is taken as it is, with its case and punctuation; otherwise the stable words, which partials have
 * promised, stand before its rest.
 */
export function settle(state: StableWords, decoded: readonly string[]): readonly string[] {
  const { stable } = state;
  if (stable.every((word, index) => isSame(word, decoded[index]))) return decoded;
  return advance(state, decoded).words;
}

/** How many words of `decoded` say what `stable` says: the beginning of it that differs least. */
export function matchingLength(stable: readonly string[], decoded: readonly string[]): number {
  if (stable.every((word, index) => isSame(word, decoded[index]))) return stable.length;
  // Edit distances between all of `stable` and each beginning of `decoded`, one row for each word of `stable`.
  let row = Array.from({ length: decoded.length + 1 }, (_, index) => index);
  for (const [index, word] of stable.entries()) {
    const next = [index + 1];
    for (const [column, other] of decoded.entries()) {
      const changed = (row[column] ?? 0) + (isSame(word, other) ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  let best = 0;
  for (const [length, distance] of row.entries()) {
    const bestDistance = row[best] ?? 0;
    const isNearer = Math.abs(length - stable.length) < Math.abs(best - stable.length);
    if (distance < bestDistance || (distance === bestDistance && isNearer)) best = length;
  }
  return best;
}

function isSame(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return bare(one) === bare(other);
}

/** Without case and punctuation, unless there is nothing else. */
function bare(word: string): string {
  const letters = word.toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, '');
  return letters === '' ? word.trim() : letters;
}
