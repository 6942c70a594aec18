import { z } from 'zod';
import { orchestratorSchema } from './orchestrator-schema.ts';

/** The part of JSON Schema (2020-12) that the configuration reads. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number | boolean;
  readonly properties?: Readonly<Record<string, Subschema>>;
  readonly additionalProperties?: Subschema;
  readonly items?: Subschema | readonly Subschema[];
}

/** A schema inside a schema; true allows anything, false nothing. */
export type Subschema = boolean | JsonSchema;

/** JSON Schema of the YAML file, for editors, made from the schema that checks it. */
export function configJsonSchema(): JsonSchema {
  return z.toJSONSchema(orchestratorSchema, { io: 'input' });
}

/** What the items of a list or the values of a map must be, if the schema says. */
export function elementSchema(schema: JsonSchema): JsonSchema | undefined {
  const element = schema.items ?? schema.additionalProperties;
  return typeof element === 'object' && !isList(element) ? element : undefined;
}

function isList(value: object): value is readonly unknown[] {
  return Array.isArray(value);
}
