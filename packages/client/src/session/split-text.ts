/** Cuts text into pieces of at most `maxCharacters` code points, none of which splits one. */
export function splitText(text: string, maxCharacters: number): string[] {
  if (text.length <= maxCharacters) return [text];
  const pieces: string[] = [];
  let start = 0;
  let characters = 0;
  for (let at = 0; at < text.length;) {
    if (characters === maxCharacters) {
      pieces.push(text.slice(start, at));
      start = at;
      characters = 0;
    }
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
    characters += 1;
  }
  pieces.push(text.slice(start));
  return pieces;
}
