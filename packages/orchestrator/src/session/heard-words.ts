import { wordsOf } from '../text/index.ts';

/** What recognizers write for sounds: `[BLANK_AUDIO]`, `(wind blowing)`, `*coughs*`. */
const SOUND = /\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|（[^）]*）|【[^】]*】|［[^］]*］/g;

/**
 * The words of a transcript: of any language, with a letter or a digit in each. Of what recognizers make of
 * noise, `.`, `♪` or `(wind blowing)`, nothing is left.
 */
export function heardWords(transcript: string): readonly string[] {
  return wordsOf(transcript.replace(SOUND, ' '));
}
