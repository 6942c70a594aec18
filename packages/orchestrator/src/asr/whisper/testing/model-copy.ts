import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEST_MODEL_NAME, unpackTestModel } from '@parley/testkit';

/** A copy of the model for tests that may be broken. */
export interface ModelCopy extends AsyncDisposable {
  readonly directory: string;
  /** Path of one of its files. */
  path(file: 'encoder.onnx' | 'decoder.onnx' | 'tokens.txt'): string;
}

/** Copies the model for tests; whoever does it disposes of it. */
export async function copyTestModel(): Promise<ModelCopy> {
  const directory = await mkdtemp(join(tmpdir(), 'parley-model-'));
  await cp(await unpackTestModel(), directory, { recursive: true });
  return {
    directory,
    path: (file) => join(directory, `${TEST_MODEL_NAME}-${file}`),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
