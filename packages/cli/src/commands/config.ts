import { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { addConfigOptions, type ConfigCommandOptions, configOrThrow } from './config-options.ts';

/** `parley config`: checks and shows the configuration. */
export function configCommand(context: CliContext): Command {
  const command = new Command('config')
    .description('Check or show the configuration of the server.')
    .addHelpText('after', help);
  addConfigOptions(
    command.command('check').description('Report everything that is wrong with it (exit code 2).'),
  ).action((options: ConfigCommandOptions) => check(context, options));
  addConfigOptions(
    command
      .command('print')
      .description('Print all settings as they come to be, as YAML; secrets are hidden.'),
  ).action(async (options: ConfigCommandOptions) => {
    const { printConfig } = await import('@parley/orchestrator');
    const { config } = await configOrThrow(context, options);
    context.stdout.write(printConfig(config));
  });
  command
    .command('schema')
    .description('Print the JSON Schema of the file, for editors.')
    .action(async () => {
      const { printConfigSchema } = await import('@parley/orchestrator');
      context.stdout.write(printConfigSchema());
    });
  return command;
}

const help = `
Settings come from the file (--config, CONFIG_PATH or configs/orchestrator.yaml), then the environment
(PORT, HOST, LOG_LEVEL, REDIS_URL, PARLEY__SECTION__KEY, ...), then flags; the later win.
Before a pipe or >, run it as "npm run -s parley -- config ...": without -s, npm prints lines of its own into it.

Examples:
  parley config check --config configs/production.yaml
  PORT=9000 parley config print
  parley config schema > orchestrator.schema.json`;

async function check(context: CliContext, options: ConfigCommandOptions): Promise<void> {
  const { sources } = await configOrThrow(context, options);
  const env = sources.env.length === 0 ? '' : ` and the environment (${sources.env.join(', ')})`;
  context.stdout.write(`The configuration from ${sources.file ?? 'the defaults'}${env} is valid.\n`);
}
