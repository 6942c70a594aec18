import { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { createProgressLine } from '../progress-line.ts';
import { addConfigOptions, type ConfigCommandOptions, configOrThrow } from './config-options.ts';

interface PullFlags extends ConfigCommandOptions {
  readonly from?: string;
}

/** Without a terminal, how far it is is told every so many ms. */
const PLAIN_PROGRESS_MS = 5000;

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
        'Give --from, or set asr.model_base_url (ASR_MODEL_BASE_URL), to the address of a server with models. ' +
        'docs/listening.md tells how to get a model without one.',
    });
  }
  if (!/^https?:$/u.test(URL.parse(baseUrl)?.protocol ?? '')) {
    throw new CliError(
      'USAGE',
      `Models cannot come from "${baseUrl}": it must be an http or https address.`,
      {
        advice: 'As in --from https://models.example.com/parley',
      },
    );
  }
  const { AsrError, findAnyModel, isModelName, pullModel } = await import('@parley/orchestrator');
  if (!isModelName(name)) {
    const message = `${JSON.stringify(name)} is no name of a model.`;
    throw new CliError('USAGE', message, { advice: 'Give one such as whisper-base.en.' });
  }
  const line = createProgressLine(context.stderr, { plainEveryMs: PLAIN_PROGRESS_MS });
  const { cache_dir: cacheDirectory, model_path: path, model_size: size } = config.asr;
  const cache = cacheDirectory === undefined ? {} : { cacheDirectory };
  try {
    const { directory, wasThere } = await pullModel({
      name,
      baseUrl,
      ...cache,
      onProgress: ({ path: file, receivedBytes, totalBytes }) => {
        const percent = totalBytes === 0 ? 100 : Math.floor((receivedBytes * 100) / totalBytes);
        line.update(`${percent} % of ${Math.ceil(totalBytes / 1e6)} MB: ${file}`);
      },
      onRetry: ({ reason, delayMs }) => {
        line.clear();
        context.stderr.write(`${reason} It is tried again in ${delayMs / 1000} s.\n`);
      },
    });
    line.clear();
    context.stdout.write(`${directory}\n`);
    if (wasThere) context.stderr.write('It is there already, with every file as its manifest says.\n');
    const found = await findAnyModel({ name: size, ...(path !== undefined && { path }), ...cache });
    // A setting given to this command alone is not one of `npm start`.
    const isFound = found === directory && flags.config === undefined && (flags.set ?? []).length === 0;
    context.stderr.write(
      isFound
        ? `npm start listens with it now. Elsewhere set asr.enabled true and asr.model_path ${directory}\n`
        : `To listen with it, set asr.enabled true and asr.model_path ${directory} (ASR_MODEL_PATH).\n`,
    );
  } catch (cause) {
    line.clear();
    const message = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof AsrError) throw new CliError('OUTPUT_FAILED', message, { cause });
    throw new CliError('UNREACHABLE', `The model could not be downloaded: ${message}`, { cause });
  }
}
