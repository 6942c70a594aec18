/** Where Whisper's code is not the first part of the BCP 47 tag. */
const special: ReadonlyMap<string, string> = new Map([
  ['nb', 'no'],
  ['jv', 'jw'],
  ['fil', 'tl'],
  ['iw', 'he'],
  ['cmn', 'zh'],
]);

/** Whisper's code for a BCP 47 tag: `en` for `en-GB`. */
export function whisperLanguage(tag: string): string {
  const [language = ''] = tag.toLowerCase().split(/[-_]/);
  return special.get(language) ?? language;
}
