import { fieldOf } from './json-field.ts';

/** Of what a server says about a failure, more is not shown. */
const MAX_DETAIL_BYTES = 2048;
const MAX_DETAIL_CHARACTERS = 300;

/** What the body of a refusal says, in one short line; empty where it says nothing. */
export async function readFailureDetail(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of pieces) {
      parts.push(piece);
      bytes += piece.length;
      if (bytes >= MAX_DETAIL_BYTES) break;
    }
  } catch {
    // The status says enough.
  }
  const text = Buffer.concat(parts).toString('utf8');
  const message = messageIn(text) ?? text;
  return message
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MAX_DETAIL_CHARACTERS);
}

/** Servers of this shape say `{"error":{"message":"..."}}` or `{"detail":"..."}`. */
function messageIn(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    for (const found of [
      fieldOf(fieldOf(value, 'error'), 'message'),
      fieldOf(value, 'error'),
      fieldOf(value, 'detail'),
    ]) {
      if (typeof found === 'string') return found;
    }
  } catch {
    // It is no JSON.
  }
  return undefined;
}
