import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../worker-error.ts';
import { inspectOnnxFile } from './onnx-file.ts';
import { describeModel, type ModelDescription } from './model-description.ts';

/** Kinds of models that are told apart by their files. */
export type SherpaFamily = 'vits' | 'kokoro' | 'matcha';

/** The `model` part of sherpa-onnx's configuration: one family's files, by absolute path. */
export type NativeModelFiles = Readonly<Partial<Record<SherpaFamily, Readonly<Record<string, string>>>>>;

/** Result of {@link findModelFiles}. */
export type ModelFilesResult =
  | {
      readonly kind: 'ok';
      readonly family: SherpaFamily;
      readonly files: NativeModelFiles;
      readonly description: ModelDescription;
    }
  /** Each names a file and says what is wrong with it. */
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

interface Folder {
  readonly path: string;
  readonly names: ReadonlySet<string>;
}

/**
 * Finds out what kind of model lies in a folder and checks that its files are there and whole, as the native code
 * would end the process over one that is not. Needs nothing but the files, as sherpa-onnx's releases have them.
 *
 * @param vocoder file for Matcha, if it is not in the folder
 */
export async function findModelFiles(path: string, vocoder?: string): Promise<ModelFilesResult> {
  let names: ReadonlySet<string>;
  try {
    names = new Set(await readdir(path));
  } catch (error) {
    return {
      kind: 'invalid',
      problems: [`${path}: the folder of the model cannot be read: ${messageOf(error)}`],
    };
  }
  const folder = { path, names };
  const models = onnxNames(folder);
  const family = familyOf(folder, models, vocoder);
  const main = mainModel(family, models);
  const problems: string[] = [];
  if (main === undefined) problems.push(`${path}: there is no model here, a file that ends in .onnx`);
  const vocoderPath = family === 'matcha' ? (vocoder ?? inFolder(folder, models.find(isVocoder))) : undefined;
  if (family === 'matcha' && vocoderPath === undefined) {
    problems.push(
      `${path}: a Matcha model needs a vocoder (vocos-*.onnx, hifigan_*.onnx); name it with vocoder=`,
    );
  }
  const metadata = new Map<string, string>();
  for (const file of [main === undefined ? undefined : join(path, main), vocoderPath]) {
    if (file === undefined) continue;
    const problem = await checkModel(file, file === vocoderPath ? new Map() : metadata);
    if (problem !== undefined) problems.push(`${file}: ${problem}`);
  }
  problems.push(...(await checkCompanions(folder, family)));
  if (problems.length > 0 || main === undefined) return { kind: 'invalid', problems };
  const modelPath = join(path, main);
  const shared = companions(folder);
  return {
    kind: 'ok',
    family,
    files: { [family]: { ...familyFiles(folder, family, modelPath, vocoderPath ?? ''), ...shared } },
    description: await describeModel(modelPath, metadata),
  };
}

function familyOf({ names }: Folder, models: readonly string[], vocoder: string | undefined): SherpaFamily {
  if (names.has('voices.bin')) return 'kokoro';
  const isMatcha =
    vocoder !== undefined || models.some((name) => isVocoder(name) || /^model-steps|matcha/iu.test(name));
  return isMatcha ? 'matcha' : 'vits';
}

function familyFiles(
  folder: Folder,
  family: SherpaFamily,
  model: string,
  vocoder: string,
): Record<string, string> {
  switch (family) {
    case 'vits':
      return { model };
    case 'kokoro':
      return { model, voices: join(folder.path, 'voices.bin') };
    case 'matcha':
      return { acousticModel: model, vocoder };
    default:
      return family satisfies never;
  }
}

/** Of several, as of different precision, the full one: by name the shortest. */
function mainModel(family: SherpaFamily, models: readonly string[]): string | undefined {
  const fitting = family === 'matcha' ? models.filter((name) => !isVocoder(name)) : models;
  return fitting.toSorted((a, b) => a.length - b.length || a.localeCompare(b))[0];
}

function onnxNames({ names }: Folder): string[] {
  return [...names].filter((name) => name.endsWith('.onnx'));
}

function isVocoder(name: string): boolean {
  return /^(vocos|hifigan|vocoder)/iu.test(name);
}

function inFolder({ path }: Folder, name: string | undefined): string | undefined {
  return name === undefined ? undefined : join(path, name);
}

function companions({ path, names }: Folder): Record<string, string> {
  const lexicons = [...names].filter((name) => /^lexicon.*\.txt$/u.test(name)).toSorted();
  return {
    tokens: join(path, 'tokens.txt'),
    ...(names.has('espeak-ng-data') && { dataDir: join(path, 'espeak-ng-data') }),
    ...(lexicons.length > 0 && { lexicon: lexicons.map((name) => join(path, name)).join(',') }),
  };
}

async function checkModel(path: string, metadata: Map<string, string>): Promise<string | undefined> {
  try {
    const result = await inspectOnnxFile(path);
    if (result.kind === 'broken') return result.problem;
    for (const [key, value] of result.metadata) metadata.set(key, value);
    return undefined;
  } catch (error) {
    return `cannot be read: ${messageOf(error)}`;
  }
}

async function checkCompanions(folder: Folder, family: SherpaFamily): Promise<string[]> {
  const { path, names } = folder;
  const problems: string[] = [];
  const needed = ['tokens.txt', ...(family === 'kokoro' ? ['voices.bin'] : [])];
  for (const name of needed) {
    const problem = await checkFile(join(path, name));
    if (problem !== undefined) problems.push(`${join(path, name)}: ${problem}`);
  }
  const { lexicon, dataDir } = companions(folder);
  if (lexicon === undefined && dataDir === undefined) {
    problems.push(
      `${path}: neither espeak-ng-data nor a lexicon*.txt is here; the model needs one to read text`,
    );
  }
  for (const name of dataDir === undefined ? [] : ['phontab', 'phonindex', 'phondata', 'intonations']) {
    const problem = await checkFile(join(path, 'espeak-ng-data', name));
    if (problem !== undefined) problems.push(`${join(path, 'espeak-ng-data', name)}: ${problem}`);
  }
  for (const name of names) {
    if (!/^lexicon.*\.txt$/u.test(name)) continue;
    const problem = await checkFile(join(path, name));
    if (problem !== undefined) problems.push(`${join(path, name)}: ${problem}`);
  }
  return problems;
}

async function checkFile(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size === 0) return 'is empty';
    if (size > 1024) return undefined;
    const text = await readFile(path, 'latin1');
    return text.startsWith('version https://git-lfs')
      ? 'is a Git LFS pointer, not the file: fetch it with "git lfs pull"'
      : undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT'
      ? 'is missing'
      : `cannot be read: ${messageOf(error)}`;
  }
}
