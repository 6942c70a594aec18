/**
 * Where to cut text that holds neither punctuation nor space within the limit: at the last boundary of a
 * word where the language has words without spaces (Chinese, Japanese, Thai), else between two graphemes.
 *
 * @param text the text up to and with the first character past the limit
 * @param language base language: `ja`
 * @returns a position above 0 and below `text.length`; or 0 when all of it is one grapheme
 */
export function hardCut(text: string, language: string): number {
  const word = lastStart(segmenterFor('word', language), text);
  // A word boundary far back is that of one long word made of letters, say, and no good place.
  if (word >= text.length / 2) return word;
  return lastStart(segmenterFor('grapheme', 'en'), text);
}

/** Where the last piece begins; what follows the text cannot change the boundaries up to there. */
function lastStart(segmenter: Intl.Segmenter, text: string): number {
  return segmenter.segment(text).containing(text.length - 1)?.index ?? 0;
}

/** Making a segmenter takes about 0.2 ms, so they are kept; languages come from clients, so not without end. */
const MAX_CACHED = 64;
const cache = new Map<string, Intl.Segmenter>();

function segmenterFor(granularity: 'word' | 'grapheme', language: string): Intl.Segmenter {
  const key = `${granularity} ${language}`;
  const cached = cache.get(key);
  if (cached !== undefined) return cached;
  if (cache.size >= MAX_CACHED) cache.clear();
  const segmenter = new Intl.Segmenter(language, { granularity });
  cache.set(key, segmenter);
  return segmenter;
}
