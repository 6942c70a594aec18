/** What recognizers write for sounds: `[BLANK_AUDIO]`, `(wind blowing)`, `*coughs*`. */
const SOUND = /\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|（[^）]*）|【[^】]*】|［[^］]*］/g;
const WORD_CHARACTER = /[\p{L}\p{N}]/u;

/**
 * The words of a transcript: what stands between white space and has a letter or a digit. Of what recognizers make of
 * noise, `.`, `♪` or `(wind blowing)`, nothing is left.
 */
export function heardWords(transcript: string): readonly string[] {
  return transcript
    .replace(SOUND, ' ')
    .split(/\s+/)
    .filter((word) => WORD_CHARACTER.test(word));
}
