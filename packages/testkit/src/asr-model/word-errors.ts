/**
 * How many words must be put in, left out or changed to make `heard` of `said`. Words are separated by spaces; case
 * and punctuation do not count. The word error rate is this divided by the words of `said`.
 */
export function wordErrors(said: string, heard: string): number {
  const from = words(said);
  const to = words(heard);
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [row, word] of from.entries()) {
    const current = [row + 1];
    for (const [column, other] of to.entries()) {
      const changed = (previous[column] ?? 0) + (word === other ? 0 : 1);
      current.push(Math.min(changed, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}

/** The words of a text, in lower case without punctuation. */
export function words(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
}
