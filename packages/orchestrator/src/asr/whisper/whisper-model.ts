import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AsrError } from '../asr-error.ts';
import { checkManifest } from '../models/check-manifest.ts';
import { inspectOnnx } from './inspect-onnx.ts';

/** A Whisper export on disk whose files have been checked. */
export interface WhisperModel {
  readonly directory: string;
  /** Paths of the files. */
  readonly encoder: string;
  readonly decoder: string;
  readonly tokens: string;
  /** Bands of the spectrum that it takes: 80, or 128 as of large-v3. */
  readonly melBins: number;
  /** Codes of the languages it knows, such as `en`; one only for English-only models. */
  readonly languages: readonly string[];
  /** Whether it can detect and choose among languages. */
  readonly isMultilingual: boolean;
}

/** Options of {@link loadWhisperModel}. */
export interface LoadWhisperModelOptions {
  /** Where the files are. */
  readonly directory: string;
  /** Whether the 8-bit form is taken where there are two. Default true; the other is taken where it is the only one. */
  readonly preferInt8?: boolean;
}

const USUAL_MEL_BINS = 80;
const TOKEN_LINE = /^[A-Za-z\d+/=]* \d+$/;

/**
 * Finds and checks the files of a Whisper export for sherpa-onnx: `*encoder*.onnx`, `*decoder*.onnx` and
 * `*tokens.txt`, and everything that a `manifest.json` beside them lists.
 *
 * @throws AsrError `MODEL_INVALID` that names the file or directory and the reason
 */
export async function loadWhisperModel(options: LoadWhisperModelOptions): Promise<WhisperModel> {
  const { directory, preferInt8 = true } = options;
  const { names, strange } = await listFiles(directory);
  const find = (pattern: RegExp, wanted: string): string => {
    const found = names.filter((name) => pattern.test(name));
    const preferred = found.filter((name) => /int8/i.test(name) === preferInt8);
    const [name] = preferred.length > 0 ? preferred : found;
    if (name !== undefined) return join(directory, name);
    const other = strange.find((entry) => pattern.test(entry));
    const but = other === undefined ? '' : `; ${other} in it is no file`;
    throw new AsrError('MODEL_INVALID', `The model directory ${directory} has no file ${wanted}${but}.`);
  };
  const encoder = find(/encoder.*\.onnx$/i, '*encoder*.onnx');
  const decoder = find(/decoder.*\.onnx$/i, '*decoder*.onnx');
  const tokens = find(/tokens\.txt$/i, '*tokens.txt');
  await checkManifest(directory);
  const { metadata } = await inspectOnnx(encoder);
  await inspectOnnx(decoder);
  if (metadata.get('model_type')?.startsWith('whisper') !== true) {
    const reason =
      'is no Whisper encoder exported for sherpa-onnx: its metadata has no model_type "whisper…"';
    throw new AsrError('MODEL_INVALID', `The model file ${encoder} ${reason}.`);
  }
  // The ids from the first special token on, which is this one, are not in the list.
  const words = Number(metadata.get('eot') ?? 0);
  await checkTokens(tokens, words, Number(metadata.get('n_vocab') ?? Infinity));
  const melBins = Number(metadata.get('n_mels') ?? USUAL_MEL_BINS);
  if (!Number.isInteger(melBins) || melBins < 1) {
    throw new AsrError('MODEL_INVALID', `The model file ${encoder} must have a whole number as n_mels.`);
  }
  const isMultilingual = Number(metadata.get('is_multilingual') ?? 0) !== 0;
  const codes = (metadata.get('all_language_codes') ?? 'en').split(',');
  return {
    directory,
    encoder,
    decoder,
    tokens,
    melBins,
    isMultilingual,
    languages: isMultilingual ? codes : ['en'],
  };
}

interface Listing {
  /** Files, and links that lead to none: what is wrong with those is said when they are read. */
  readonly names: readonly string[];
  /** Directories and whatever else is no file. */
  readonly strange: readonly string[];
}

async function listFiles(directory: string): Promise<Listing> {
  try {
    const names: string[] = [];
    const strange: string[] = [];
    for (const name of (await readdir(directory)).toSorted()) {
      const found = await stat(join(directory, name)).catch(() => undefined);
      (found === undefined || found.isFile() ? names : strange).push(name);
    }
    return { names, strange };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AsrError('MODEL_INVALID', `The model directory ${directory} cannot be read: ${why}.`, {
      cause,
    });
  }
}

/** Whether every line is a token below `vocabulary`, and whether all of the ids 0 to `words` - 1 are there. */
async function checkTokens(path: string, words: number, vocabulary: number): Promise<void> {
  const lines = (await readTokens(path)).split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) throw new AsrError('MODEL_INVALID', `The model file ${path} is empty.`);
  const ids = new Set<number>();
  for (const [index, line] of lines.entries()) {
    const isToken = TOKEN_LINE.test(line.trimEnd());
    const id = Number(line.slice(line.lastIndexOf(' ') + 1));
    if (isToken && id < vocabulary) {
      if (id < words) ids.add(id);
      continue;
    }
    const wanted = `a token in base64, a space and an id below ${vocabulary}`;
    throw new AsrError(
      'MODEL_INVALID',
      `The model file ${path} is broken at line ${index + 1}; wanted is ${wanted}.`,
    );
  }
  if (ids.size < words) {
    const wanted = `has ${ids.size} of the ${words} tokens that the encoder knows`;
    throw new AsrError(
      'MODEL_INVALID',
      `The model file ${path} is cut off or another model's: it ${wanted}; download it again.`,
    );
  }
}

async function readTokens(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AsrError('MODEL_INVALID', `The model file ${path} cannot be read: ${why}.`, { cause });
  }
}
