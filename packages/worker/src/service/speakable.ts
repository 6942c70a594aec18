const sound = /[\p{L}\p{N}\p{S}]/u;

/** Whether there is anything to say: letters, digits or symbols, not only blanks and punctuation. */
export function isSpeakable(text: string): boolean {
  return sound.test(text);
}
