import { stringify } from 'yaml';
import type { OrchestratorConfig } from './config.ts';
import { configJsonSchema } from './config-schema.ts';
import { redactTree } from './redact.ts';

/** The whole effective configuration as YAML, defaults included, secrets replaced by `***`. */
export function printConfig(config: OrchestratorConfig): string {
  return stringify(redactTree(config), { lineWidth: 0 });
}

/** The JSON Schema of the YAML file as text, for `configs/orchestrator.schema.json` and editors. */
export function printConfigSchema(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}
