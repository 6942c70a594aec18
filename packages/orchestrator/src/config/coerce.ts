import type { JsonSchema } from './config-schema.ts';

const truths: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['off', false],
  ['0', false],
]);

const decimalNumber = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Reads a text from the environment or the command line as the type a setting has: numbers, `true`/`yes`/`on`/`1`
 * and their opposites, lists as JSON or separated by commas. A text that does not fit stays a text, for the
 * check to report.
 */
export function coerceText(text: string, schema: JsonSchema): unknown {
  const trimmed = text.trim();
  switch (schema.type) {
    case 'boolean':
      return truths.get(trimmed.toLowerCase()) ?? text;
    case 'integer':
    case 'number':
      return decimalNumber.test(trimmed) ? Number(trimmed) : text;
    case 'array':
      return coerceList(trimmed);
    case 'string':
      return trimmed;
    case undefined:
    default:
      // A choice such as true, false or auto.
      if (schema.enum?.includes(true) === true) return truths.get(trimmed.toLowerCase()) ?? trimmed;
      return coerceLoosely(trimmed);
  }
}

function coerceLoosely(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return decimalNumber.test(text) ? Number(text) : text;
}

function coerceList(text: string): unknown {
  if (!text.startsWith('[')) return text.split(',').map((item) => item.trim());
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
