import { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { createProgressLine } from '../progress-line.ts';
import { addConfigOptions, type ConfigCommandOptions, configOrThrow } from './config-options.ts';

interface PullFlags extends ConfigCommandOptions {
  readonly from?: string;
}

/** `parley models pull`: downloads a recognition model into the cache. */
export function pullModelCommand(context: CliContext): Command {
  const command = new Command('pull')
    .description('Download a model for speech recognition into the cache, or go on with a download.')
    .argument('<name>', 'name of the model, such as whisper-base.en')
    .option('--from <url>', 'where models are: <url>/<name>/manifest.json (default: asr.model_base_url)');
  return addConfigOptions(command).action((name: string, flags: PullFlags) => pull(context, name, flags));
}

async function pull(context: CliContext, name: string, flags: PullFlags): Promise<void> {
  const { config } = await configOrThrow(context, flags);
  const baseUrl = flags.from ?? config.asr.model_base_url;
  if (baseUrl === undefined) {
    throw new CliError('USAGE', 'Nothing says where models come from.', {
      advice:
        'Give --from, or set asr.model_base_url (ASR_MODEL_BASE_URL), to the address of a server with models.',
    });
  }
  const { AsrError, pullModel } = await import('@parley/orchestrator');
  const line = createProgressLine(context.stderr);
  const { cache_dir: cacheDirectory } = config.asr;
  try {
    const directory = await pullModel({
      name,
      baseUrl,
      ...(cacheDirectory !== undefined && { cacheDirectory }),
      onProgress: ({ path, receivedBytes, totalBytes }) => {
        const percent = totalBytes === 0 ? 100 : Math.floor((receivedBytes * 100) / totalBytes);
        line.update(`${percent} % of ${Math.ceil(totalBytes / 1e6)} MB: ${path}`);
      },
    });
    line.clear();
    context.stdout.write(`${directory}\n`);
    context.stderr.write(
      `npm start listens with it now. Elsewhere set asr.enabled true and asr.model_path ${directory}\n`,
    );
  } catch (cause) {
    line.clear();
    const message = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof AsrError) throw new CliError('OUTPUT_FAILED', message, { cause });
    throw new CliError('UNREACHABLE', `The model could not be downloaded: ${message}`, { cause });
  }
}
