import { describeValue, listNames } from '../describe-value.ts';

/** Says what is wrong with a value, or nothing. `path` is the name of the value in the message. */
export type Check = (value: unknown, path: string) => string | undefined;

/** An object whose named fields must pass; other fields may be there, as newer servers add some. */
export function shape(fields: Readonly<Record<string, Check>>): Check {
  const entries = Object.entries(fields);
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return mismatch(path, 'an object', value);
    for (const [name, check] of entries) {
      const field: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
      const problem = check(field, path === '' ? name : `${path}.${name}`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

/** May be missing. */
export function optional(check: Check): Check {
  return (value, path) => (value === undefined ? undefined : check(value, path));
}

/** Any string of at least `minLength` characters; default 0. */
export function string(minLength = 0): Check {
  const expected = minLength === 0 ? 'a string' : 'a string that is not empty';
  return test(expected, (value) => typeof value === 'string' && value.length >= minLength);
}

/** One of the names. */
export function oneOf(names: readonly string[]): Check {
  return test(listNames(names), (value) => typeof value === 'string' && names.includes(value));
}

/** A finite number from `min`, by default any. */
export function number(min: number = -Infinity): Check {
  const expected = min === -Infinity ? 'a number' : `a number from ${min}`;
  return test(expected, (value) => typeof value === 'number' && Number.isFinite(value) && value >= min);
}

/** A whole number. */
export function whole(min: number, max: number): Check {
  return test(`a whole number from ${min} to ${max}`, (value) =>
    Number.isSafeInteger(value) && typeof value === 'number' && value >= min && value <= max);
}

/** True or false. */
export const flag: Check = test('true or false', (value) => typeof value === 'boolean');

/** An object whose values are all strings. */
export const strings: Check = test('an object of strings', (value) =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((entry) => typeof entry === 'string'));

function test(expected: string, accepts: (value: unknown) => boolean): Check {
  return (value, path) => (accepts(value) ? undefined : mismatch(path, expected, value));
}

function mismatch(path: string, expected: string, value: unknown): string {
  return value === undefined
    ? `"${path}" is missing; it must be ${expected}.`
    : `"${path}" must be ${expected}, but is ${describeValue(value)}.`;
}
