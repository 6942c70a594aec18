import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AsrError } from '../asr-error.ts';
import { hashFile } from './hash-file.ts';
import { MANIFEST_NAME, parseManifest } from './model-manifest.ts';

/**
 * Checks size and SHA-256 of all files that the `manifest.json` of a model's directory lists. Without one there is
 * nothing to check.
 *
 * @throws AsrError `MODEL_INVALID` that names the first file that differs
 */
export async function checkManifest(directory: string): Promise<void> {
  const manifestPath = join(directory, MANIFEST_NAME);
  const text = await readFile(manifestPath, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  for (const { path, size, sha256 } of parseManifest(text, manifestPath).files) {
    const file = join(directory, path);
    const found = await stat(file).catch(() => undefined);
    if (found === undefined) throw differs(file, 'is missing');
    if (found.size !== size) throw differs(file, `has ${found.size} bytes, not ${size}`);
    if ((await hashFile(file)) !== sha256) throw differs(file, 'has another SHA-256 than');
  }
}

function differs(file: string, how: string): AsrError {
  const advice = 'download the model again';
  const where = how.endsWith('than') ? `${how} ${MANIFEST_NAME} says` : `${how}, as ${MANIFEST_NAME} says`;
  return new AsrError('MODEL_INVALID', `The model file ${file} ${where}; ${advice}.`);
}
