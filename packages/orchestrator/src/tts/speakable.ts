/** Whether a text has anything that must be heard; punctuation and emoji may rightly give no audio. */
export function isSpeakable(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}
