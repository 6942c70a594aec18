/** Whether a text has a letter or a number, which must be heard; space, marks and emoji may rightly give no audio. */
export function hasWords(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}
