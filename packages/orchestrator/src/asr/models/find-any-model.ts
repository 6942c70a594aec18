import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheOf, findModel, type ModelChoice } from './find-model.ts';

const WHISPER_DIRECTORY = /^(?:sherpa-onnx-)?whisper-(?<size>.+)$/;
/** An older model that is being replaced. */
const REPLACED = /\.old$/;

/** What is taken when nobody chose, the best first: fit for conversation on a CPU, then what still works. */
const SIZES = [
  'base.en',
  'base',
  'small.en',
  'small',
  'distil-small.en',
  'tiny.en',
  'tiny',
  'turbo',
  'distil-medium.en',
  'medium.en',
  'medium',
];

/**
 * Finds the directory of the chosen model or, where that is not there, of any Whisper model in the cache. Models are
 * known by their directory, `whisper-SIZE` or `sherpa-onnx-whisper-SIZE`; what is in it is not looked at. A model
 * that was chosen by its path has no substitute.
 *
 * @returns the directory, or `undefined` when there is none
 */
export async function findAnyModel(choice: ModelChoice): Promise<string | undefined> {
  const chosen = await findModel(choice);
  if (chosen !== undefined || choice.path !== undefined) return chosen;
  const cache = cacheOf(choice);
  const entries = await readdir(cache, { withFileTypes: true }).catch(() => []);
  const [best] = entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => ({ name, size: WHISPER_DIRECTORY.exec(name)?.groups?.['size'] }))
    .filter(({ size }) => size !== undefined && !REPLACED.test(size))
    .toSorted((a, b) => rankOf(a.size) - rankOf(b.size) || (a.name < b.name ? -1 : 1));
  return best === undefined ? undefined : join(cache, best.name);
}

function rankOf(size: string | undefined): number {
  const rank = SIZES.indexOf(size ?? '');
  return rank === -1 ? SIZES.length : rank;
}
