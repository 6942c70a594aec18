import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Name of the model for tests; its files are called after it. */
export const TEST_MODEL_NAME: string = 'parley-test';

const files = new URL('files/', import.meta.url);
const parts = ['encoder.onnx', 'decoder.onnx', 'tokens.txt'].map((part) => `${TEST_MODEL_NAME}-${part}`);

/**
 * Unpacks the speech recognition model for tests and gives its directory, below the system's directory for
 * temporary files. Later calls, of other processes too, find it there; nobody may write into it. It reads some
 * sixty English words as espeak-ng speaks them, at most 8 s at once.
 */
export async function unpackTestModel(): Promise<string> {
  const packed = await Promise.all(parts.map((name) => readFile(new URL(`${name}.gz`, files))));
  const hash = createHash('sha256');
  for (const bytes of packed) hash.update(bytes);
  const directory = join(tmpdir(), `parley-test-model-${hash.digest('hex').slice(0, 16)}`);
  if (await exists(directory)) return directory;
  // Unpacked beside its place and moved there whole: whoever sees the directory sees all of it.
  const draft = `${directory}.${randomUUID()}`;
  await mkdir(draft, { recursive: true });
  await Promise.all(
    packed.map((bytes, index) => writeFile(join(draft, parts[index] ?? ''), gunzipSync(bytes))),
  );
  try {
    await rename(draft, directory);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Somebody else was faster.
    if (!(await exists(directory))) throw error;
  }
  return directory;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
