import type { z } from 'zod';
import { describeValue, listNames, quote } from './describe-value.ts';

/** What came of decoding a message; `problem` is a sentence for the peer, bounded in length. */
export type DecodeResult<Message> =
  | { readonly kind: 'ok'; readonly message: Message }
  | { readonly kind: 'unknown_type'; readonly type: string; readonly problem: string }
  | { readonly kind: 'invalid'; readonly problem: string };

/** Schemas by message type. The error text of each schema says what the field must be. */
export type MessageSchemas<Message> = ReadonlyMap<string, z.ZodType<Message>>;

/**
 * Decodes one JSON message by its `type`; never throws, whatever the text.
 *
 * @param maxProblems how many wrong fields `problem` names at most; default 1
 */
export function decodeJson<Message>(
  text: string,
  schemas: MessageSchemas<Message>,
  maxProblems = 1,
): DecodeResult<Message> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {
      kind: 'invalid',
      problem: `The message must be a JSON object, but is not JSON: ${quote(text)}.`,
    };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { kind: 'invalid', problem: `The message must be a JSON object, but is ${describeValue(value)}.` };
  }
  const type: unknown = Object.hasOwn(value, 'type') && 'type' in value ? value.type : undefined;
  const schema = typeof type === 'string' ? schemas.get(type) : undefined;
  if (schema === undefined) {
    const problem = mismatch('type', listNames([...schemas.keys()]), type);
    return typeof type === 'string' ? { kind: 'unknown_type', type, problem } : { kind: 'invalid', problem };
  }
  const result = schema.safeParse(value);
  if (result.success) return { kind: 'ok', message: result.data };
  const problems = result.error.issues
    .slice(0, maxProblems)
    .flatMap((issue) => describeIssue(issue, value))
    .slice(0, maxProblems);
  return { kind: 'invalid', problem: problems.join(' ') };
}

function describeIssue(issue: z.core.$ZodIssue, value: unknown): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) => `${quote(fieldName([...issue.path, key]))} is not a known field; ${issue.message}.`,
    );
  }
  return [mismatch(fieldName(issue.path), issue.message, valueAt(value, issue.path))];
}

function mismatch(field: string, expected: string, actual: unknown): string {
  return actual === undefined
    ? `${quote(field)} is missing; it must be ${expected}.`
    : `${quote(field)} must be ${expected}, but is ${describeValue(actual)}.`;
}

/** Keys that the peer chose can be in a path, so it must be quoted. */
function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .slice(1);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current: unknown = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = Reflect.get(current, key);
  }
  return current;
}
