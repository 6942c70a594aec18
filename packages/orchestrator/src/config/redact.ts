const hidden = '***';
const secretName = /secret|passw|token|api_?key|credential|private/i;
/** Numbers about tokens are no tokens. */
const measureName = /_ms$|^max_/i;

/** Whether the value of a setting must never be shown, judged by the last part of its dotted key. */
export function isSecretKey(key: string): boolean {
  const name = key.slice(key.lastIndexOf('.') + 1);
  return secretName.test(name) && !measureName.test(name);
}

/**
 * A text without what could be a password in it: everything before an `@` (the user part of an address goes
 * with it, as a mistyped address leaves no sure border between the two), and secret query parameters.
 */
export function redactText(text: string): string {
  return text
    .replace(
      /^([a-z][a-z\d+.-]*:\/*)?.*@/is,
      (_match, scheme: string | undefined) => `${scheme ?? ''}${hidden}@`,
    )
    .replace(/([?&][^=&]*(?:secret|passw|token|key)[^=&]*=)[^&]*/gi, `$1${hidden}`);
}

/** A deep copy of plain data in which secrets are replaced by `***`. */
export function redactTree(value: unknown, key = ''): unknown {
  if (isSecretKey(key) && value !== undefined && typeof value !== 'object') return hidden;
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map((item) => redactTree(item, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, redactTree(child, name)]));
}

/** A value as a problem shows it: one short line, no secret, never the inside of a list or section. */
export function showValue(value: unknown, key: string): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a section';
  if (isSecretKey(key)) return hidden;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return `a ${typeof value}`;
  const shown = redactText(value);
  return JSON.stringify(shown.length > 80 ? `${shown.slice(0, 80)}…` : shown);
}
