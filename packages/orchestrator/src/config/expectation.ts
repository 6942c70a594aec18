import { elementSchema, type JsonSchema } from './config-schema.ts';

/** What a setting takes, for people: `a whole number from 1024 to 65535`. */
export function describeExpectation(schema: JsonSchema): string {
  if (schema.enum !== undefined) return `one of ${schema.enum.map(String).join(', ')}`;
  switch (schema.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number${describeRange(schema)}`;
    case 'number':
      return `a number${describeRange(schema)}`;
    case 'string':
      return describeText(schema);
    case 'array':
      return `a list; each item ${describeExpectation(elementSchema(schema) ?? {})}`;
    case 'object':
      return 'a section (name: value lines)';
    case undefined:
    default:
      return 'a text, a number, true or false';
  }
}

function describeRange(schema: JsonSchema): string {
  const { minimum, maximum, exclusiveMinimum } = schema;
  if (typeof exclusiveMinimum === 'number' && maximum !== undefined)
    return ` above ${exclusiveMinimum} up to ${maximum}`;
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  return '';
}

// A pattern is no help to most readers; an example shows the form.
function describeText({ examples = [], pattern }: JsonSchema): string {
  if (examples.length > 0) return `a text such as ${examples.map(String).join(' or ')}`;
  return pattern === undefined ? 'a text' : 'a text that is not empty';
}
