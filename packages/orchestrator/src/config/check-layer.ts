import type { z } from 'zod';
import type { OrchestratorConfig } from './config.ts';
import { elementSchema } from './config-schema.ts';
import { suggest } from './entry-layer.ts';
import { describeExpectation } from './expectation.ts';
import { type Layer, valueAt } from './layer.ts';
import type { ConfigProblem } from './problem.ts';
import { redactText, showValue } from './redact.ts';
import { nearestSetting, type Settings } from './settings.ts';

/**
 * Checks what one source says, on its own: a mistake in the file is reported even where a flag happens to
 * override it today.
 */
export function checkLayer(
  layer: Layer,
  schema: z.ZodType<OrchestratorConfig>,
  settings: Settings,
): ConfigProblem[] {
  const result = schema.safeParse(layer.tree);
  if (result.success) return [];
  return result.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => unknownKey(layer, [...issue.path, key], settings));
    return [wrongValue(layer, issue, settings)];
  });
}

function unknownKey(layer: Layer, path: readonly PropertyKey[], settings: Settings): ConfigProblem {
  return {
    ...layer.originOf(path),
    key: path.map((name) => redactText(String(name))).join('.'),
    message: 'unknown key',
    expected: suggest(path.map(String), settings),
  };
}

function wrongValue(layer: Layer, issue: z.core.$ZodIssue, settings: Settings): ConfigProblem {
  const key = issue.path.map(String).join('.');
  const setting = nearestSetting(settings, issue.path);
  const schema = setting?.schema ?? {};
  const isElement = setting?.key !== key;
  const valueSchema = isElement ? (elementSchema(schema) ?? schema) : schema;
  return {
    ...layer.originOf(issue.path),
    key,
    value: showValue(valueAt(layer.tree, issue.path), key),
    message: issueMessages[issue.code] ?? 'not valid',
    expected:
      issue.code === 'invalid_key' ? 'a name of letters, digits, _ . -' : describeExpectation(valueSchema),
  };
}

const issueMessages: Readonly<Record<string, string>> = {
  invalid_type: 'of the wrong type',
  invalid_union: 'of the wrong type',
  too_big: 'too large',
  too_small: 'too small',
  invalid_value: 'not an allowed value',
  invalid_format: 'not of the right form',
  invalid_key: 'not a usable name',
};
