import type { ConfigFlag, LoadConfigResult } from '@parley/orchestrator';
import { type Command, InvalidArgumentError } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';

/** Options of every command that loads the configuration. */
export interface ConfigCommandOptions {
  readonly config?: string;
  readonly set?: readonly ConfigFlag[];
}

/** A configuration without problems, and where it came from. */
export type LoadedConfig = Extract<LoadConfigResult, { kind: 'ok' }>;

/** Adds `--config` and `--set` to a command. */
export function addConfigOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'YAML file (default: CONFIG_PATH, then configs/orchestrator.yaml)')
    .option(
      '-s, --set <key=value>',
      'change one setting, e.g. session.idle_timeout_seconds=60',
      collectSetting,
      [],
    );
}

/**
 * Loads the configuration and prints its warnings.
 *
 * @param flags settings from flags other than `--set`; they win over it
 * @throws CliError `CONFIG_INVALID` with all problems
 */
export async function configOrThrow(
  context: CliContext,
  options: ConfigCommandOptions,
  flags: readonly ConfigFlag[] = [],
): Promise<LoadedConfig> {
  // Commands that only talk to a server need not wait for the server's code to load.
  const { formatProblems, loadConfig } = await import('@parley/orchestrator');
  const loaded = loadConfig({
    ...(options.config !== undefined && { path: options.config }),
    flags: [...(options.set ?? []), ...flags],
  });
  if (loaded.kind === 'invalid') {
    throw new CliError('CONFIG_INVALID', formatProblems(loaded.problems), {
      advice:
        'All settings with their defaults: parley config print. What may be in the file: parley config schema.',
    });
  }
  for (const warning of loaded.warnings) context.stderr.write(`parley: ${warning}\n`);
  return loaded;
}

function collectSetting(text: string, earlier: readonly ConfigFlag[]): readonly ConfigFlag[] {
  const at = text.indexOf('=');
  if (at < 1)
    throw new InvalidArgumentError('It must be key=value, such as session.idle_timeout_seconds=60.');
  return earlier.concat({ flag: '--set', key: text.slice(0, at).trim(), value: text.slice(at + 1) });
}
