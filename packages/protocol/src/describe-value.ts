/** Most characters of a peer's input that an error message repeats. */
const QUOTED_CHARACTERS = 80;

/**
 * Quotes text that came from a peer so that it is safe in messages and logs: cut to 80 characters, with
 * control, format (also those that turn the direction of writing) and line separator characters escaped.
 */
export function quote(text: string): string {
  // Two units a code point at most, and one more character to know whether something was cut.
  const characters = Array.from(text.slice(0, 2 * QUOTED_CHARACTERS + 2).toWellFormed());
  const shown = characters.slice(0, QUOTED_CHARACTERS).join('');
  const escaped = JSON.stringify(shown).replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return characters.length > QUOTED_CHARACTERS ? `${escaped}… (${text.length} characters)` : escaped;
}

/** Names a decoded JSON value in a sentence, bounded in length: `the number 5`, `an array`. */
export function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return `the number ${value}`;
  return typeof value === 'boolean' ? String(value) : 'an object';
}

/** Joins names as alternatives: `"PAUSE", "RESUME" or "STOP"`. */
export function listNames(names: readonly string[]): string {
  const quoted = names.map((name) => JSON.stringify(name));
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
}
