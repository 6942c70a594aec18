/** About as long as a long sentence: what one piece makes is in memory before it is taken. */
const MAX_PIECE_CHARACTERS = 400;
const sentences = new Intl.Segmenter(undefined, { granularity: 'sentence' });

/**
 * Cuts a text into sentences, and very long ones at a blank: a listener who holds back, or has heard enough, is
 * then heeded between two of them.
 */
export function textPieces(text: string): readonly string[] {
  return Array.from(sentences.segment(text), ({ segment }) => segment)
    .flatMap(hardCut)
    .filter((piece) => piece.trim() !== '');
}

function hardCut(sentence: string): string[] {
  const pieces: string[] = [];
  let rest = sentence;
  while (rest.length > MAX_PIECE_CHARACTERS) {
    const blank = rest.lastIndexOf(' ', MAX_PIECE_CHARACTERS);
    let at = blank > 0 ? blank + 1 : MAX_PIECE_CHARACTERS;
    // A surrogate pair is one character.
    if (/[\uD800-\uDBFF]/u.test(rest.charAt(at - 1))) at -= 1;
    pieces.push(rest.slice(0, at));
    rest = rest.slice(at);
  }
  return [...pieces, rest];
}
