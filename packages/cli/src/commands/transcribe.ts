import { readFile } from 'node:fs/promises';
import type { OrchestratorConfig } from '@parley/orchestrator';
import { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { exitCodeHelp } from '../exit-code.ts';
import { formatTime } from '../transcribe/format-time.ts';
import { readRecording } from '../transcribe/read-recording.ts';
import { addConfigOptions, type ConfigCommandOptions, configOrThrow } from './config-options.ts';

interface TranscribeFlags extends ConfigCommandOptions {
  readonly model?: string;
  readonly language?: string;
  readonly json?: boolean;
}

/** `parley transcribe`: prints what is said in a WAV file, with times. */
export function transcribeCommand(context: CliContext): Command {
  const command = new Command('transcribe')
    .description('Print what is said in a WAV file, with times.')
    .argument('<file>', 'WAV file: 16-bit PCM, mono or stereo, any rate')
    .option('-m, --model <name>', 'name of a model in the cache, or the directory of one (default: asr.*)')
    .option('-l, --language <tag>', 'language spoken, or auto to detect it (default: asr.language)')
    .option('--json', 'one JSON object a line: start_ms, end_ms, text');
  return addConfigOptions(command)
    .addHelpText('after', help)
    .action((file: string, flags: TranscribeFlags) => transcribe(context, file, flags));
}

const help = `
The model is a Whisper model exported for sherpa-onnx; docs/listening.md tells how to get one.

Examples:
  parley transcribe call.wav --model whisper-base.en
  parley transcribe call.wav --model ./models/whisper-tiny --json
${exitCodeHelp}`;

async function transcribe(context: CliContext, file: string, flags: TranscribeFlags): Promise<void> {
  const { config } = await configOrThrow(context, flags);
  const { samples, missingMs } = await readRecording(file, await readFileOrThrow(file));
  if (missingMs > 0) {
    const missing = formatTime(missingMs);
    context.stderr.write(
      `${file} ends early: ${missing} less than its header says. What there is is transcribed.\n`,
    );
  }
  const { AsrError, createLogger, createSystemClock, findModel, openAsr, transcribeRecording } =
    await import('@parley/orchestrator');
  const { loadVadEngine } = await import('@parley/audio/vad');
  if (isPath(flags.model) && (await findModel({ path: flags.model, name: '' })) === undefined) {
    throw new CliError('START_FAILED', `--model is ${flags.model}, but there is no such directory.`, {
      advice: 'Give it the directory, or the name, of a Whisper model exported for sherpa-onnx.',
    });
  }
  const parts = { clock: createSystemClock(), logger: createLogger({ level: 'WARNING' }) };
  try {
    await using engine = closing(await openAsr(withModel(config, flags), parts));
    await using vad = closing(await loadVadEngine({ engine: config.vad.engine }));
    const language = flags.language ?? config.asr.language;
    const options = { engine: engine.value, vad: vad.value, language };
    let isSilent = true;
    for await (const { startMs, endMs, text } of transcribeRecording(samples, options)) {
      isSilent = false;
      const line = flags.json
        ? JSON.stringify({ start_ms: startMs, end_ms: endMs, text })
        : `[${formatTime(startMs)} - ${formatTime(endMs)}] ${text}`;
      context.stdout.write(`${line}\n`);
    }
    if (isSilent) context.stderr.write(`No speech was found in ${file}.\n`);
  } catch (error) {
    if (error instanceof AsrError) throw new CliError('START_FAILED', error.message, { cause: error });
    throw error;
  }
}

function isPath(model: string | undefined): model is string {
  return model !== undefined && /[/\\]/.test(model);
}

/** `--model` is a directory when it looks like a path, and a name otherwise. */
function withModel({ asr }: OrchestratorConfig, { model }: TranscribeFlags): OrchestratorConfig['asr'] {
  if (model === undefined) return asr;
  if (isPath(model)) return { ...asr, model_path: model };
  const { model_path: _, ...others } = asr;
  return { ...others, model_size: model };
}

async function readFileOrThrow(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError('USAGE', `${file} cannot be read: ${why}`, { cause });
  }
}

function closing<Value extends { close(): Promise<void> }>(
  value: Value,
): AsyncDisposable & { readonly value: Value } {
  return { value, [Symbol.asyncDispose]: () => value.close() };
}
