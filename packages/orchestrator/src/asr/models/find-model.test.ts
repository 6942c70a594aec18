import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cacheOf, findModel, requireModel } from './find-model.ts';

let cacheDirectory: string;
before(async () => {
  cacheDirectory = await mkdtemp(join(tmpdir(), 'parley-find-'));
  for (const name of ['whisper-tiny', 'own', 'sherpa-onnx-whisper-base.en'])
    await mkdir(join(cacheDirectory, name));
});
after(() => rm(cacheDirectory, { recursive: true }));

test('a model is found by its name or its size alone', async () => {
  const found = ['tiny', 'whisper-tiny', 'own', 'base.en', 'small', '../own'].map((name) =>
    findModel({ name, cacheDirectory }),
  );
  const names = (await Promise.all(found)).map((path) => path?.slice(cacheDirectory.length + 1));
  assert.deepEqual(names, [
    'whisper-tiny',
    'whisper-tiny',
    'own',
    'sherpa-onnx-whisper-base.en',
    undefined,
    undefined,
  ]);
});

test('a path wins over a name', async () => {
  const path = join(cacheDirectory, 'own');
  assert.equal(await findModel({ path, name: 'tiny', cacheDirectory }), path);
  assert.equal(await findModel({ path: `${path}x`, name: 'tiny', cacheDirectory }), undefined);
});

test('what is missing is named, with the way to get it', async () => {
  await assert.rejects(requireModel({ name: 'small', cacheDirectory }), (error) => {
    assert.ok(error instanceof Error);
    assert.ok(error.message.includes(`whisper-small in ${cacheDirectory}`), error.message);
    assert.match(error.message, /docs\/listening\.md tells how to get it/);
    // Without `--from` that is no command.
    assert.doesNotMatch(error.message, /models pull/);
    return 'code' in error && error.code === 'MODEL_INVALID';
  });
  await assert.rejects(requireModel({ path: '/nowhere', name: 'small' }), /asr\.model_path is \/nowhere/);
});

test('~ is the home directory', () => {
  assert.equal(cacheOf({ cacheDirectory: '~/models' }), join(homedir(), 'models'));
  assert.equal(cacheOf({}), join(homedir(), '.cache', 'parley', 'models'));
});
