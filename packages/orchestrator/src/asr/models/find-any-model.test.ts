import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TEST_MODEL_NAME } from '@parley/testkit';
import { findAnyModel } from './find-any-model.ts';

async function cacheWith(t: TestContext, names: readonly string[]): Promise<string> {
  const cache = await mkdtemp(join(tmpdir(), 'parley-any-'));
  t.after(() => rm(cache, { recursive: true }));
  for (const name of names) await mkdir(join(cache, name));
  return cache;
}

async function found(
  t: TestContext,
  names: readonly string[],
  wanted = 'small',
): Promise<string | undefined> {
  const path = await findAnyModel({ name: wanted, cacheDirectory: await cacheWith(t, names) });
  return path === undefined ? undefined : basename(path);
}

test('the model that was chosen comes first, and the fittest of the others where it is missing', async (t) => {
  assert.equal(await found(t, ['whisper-base.en', 'whisper-small']), 'whisper-small');
  assert.equal(
    await found(t, ['whisper-tiny', 'sherpa-onnx-whisper-base.en']),
    'sherpa-onnx-whisper-base.en',
  );
  assert.equal(await found(t, ['whisper-large-v3', 'whisper-tiny']), 'whisper-tiny');
  assert.equal(await found(t, ['whisper-ours', 'whisper-large-v3']), 'whisper-large-v3');
});

test('what is no Whisper model, is not whole or is being replaced is not taken', async (t) => {
  const others = ['piper-amy', '.whisper-base.en.partial', 'whisper-base.en.old', TEST_MODEL_NAME];
  assert.equal(await found(t, others), undefined);
  const cache = await cacheWith(t, []);
  await writeFile(join(cache, 'whisper-base.en'), 'a file');
  assert.equal(await findAnyModel({ name: 'small', cacheDirectory: cache }), undefined);
  assert.equal(await findAnyModel({ name: 'small', cacheDirectory: join(cache, 'nowhere') }), undefined);
});

test('a model chosen by its path has no substitute', async (t) => {
  const cacheDirectory = await cacheWith(t, ['whisper-base.en']);
  const choice = { name: 'small', path: join(cacheDirectory, 'own'), cacheDirectory };
  assert.equal(await findAnyModel(choice), undefined);
});
