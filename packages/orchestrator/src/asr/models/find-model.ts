import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { AsrError } from '../asr-error.ts';
import { isModelName } from './model-manifest.ts';

/** Where models are kept unless the configuration says otherwise: `~/.cache/parley/models`. */
export function defaultModelCache(): string {
  return join(homedir(), '.cache', 'parley', 'models');
}

/** A model by path or by name. */
export interface ModelChoice {
  /** Directory of the model; wins over the name. */
  readonly path?: string;
  /** Name such as `whisper-base.en`, or its size alone: `base.en`. */
  readonly name: string;
  /** Where models are looked for by name; `~` at its beginning is the home directory. Default {@link defaultModelCache}. */
  readonly cacheDirectory?: string;
}

/**
 * Finds the directory of a model; what is in it is not looked at. By name, `whisper-NAME`, `NAME` and
 * `sherpa-onnx-whisper-NAME` are tried in the cache.
 *
 * @returns the directory, or `undefined` when there is none
 */
export async function findModel(choice: ModelChoice): Promise<string | undefined> {
  if (choice.path !== undefined) {
    const directory = withHome(choice.path);
    return (await exists(directory)) ? directory : undefined;
  }
  if (!isModelName(choice.name)) return undefined;
  const cache = cacheOf(choice);
  for (const name of [`whisper-${choice.name}`, choice.name, `sherpa-onnx-whisper-${choice.name}`]) {
    const directory = join(cache, name);
    if (await exists(directory)) return directory;
  }
  return undefined;
}

/**
 * Like {@link findModel}, for those who cannot do without.
 *
 * @throws AsrError `MODEL_INVALID` that names the place and how to get a model there
 */
export async function requireModel(choice: ModelChoice): Promise<string> {
  const directory = await findModel(choice);
  if (directory !== undefined) return directory;
  if (choice.path !== undefined) {
    const where = `asr.model_path is ${choice.path}, but there is no such directory`;
    throw new AsrError('MODEL_INVALID', `${where}; put a Whisper model exported for sherpa-onnx there.`);
  }
  const name = choice.name.startsWith('whisper-') ? choice.name : `whisper-${choice.name}`;
  const where = `There is no model ${name} in ${cacheOf(choice)}`;
  const advice = `docs/listening.md tells how to get it, or set asr.model_path to the directory of another`;
  throw new AsrError('MODEL_INVALID', `${where}; ${advice}.`);
}

/** The directory in which models are kept by name. */
export function cacheOf({ cacheDirectory }: Pick<ModelChoice, 'cacheDirectory'>): string {
  return cacheDirectory === undefined ? defaultModelCache() : withHome(cacheDirectory);
}

function withHome(path: string): string {
  return resolve(path.replace(/^~(?=$|[/\\])/, () => homedir()));
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
