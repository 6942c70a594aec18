import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findModelFiles } from './model-files.ts';
import { espeakData, makeFolder, onnxBytes, piperFiles } from './testing/model-folder.ts';

const lfs = 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n';

async function problemsOf(t: TestContext, files: Record<string, string | Uint8Array>): Promise<string> {
  const result = await findModelFiles(makeFolder(t, files));
  assert.equal(result.kind, 'invalid');
  return result.problems.join('\n');
}

test('a Piper voice is known by its files, and its speakers and language by its JSON', async (t) => {
  const config = { language: { code: 'en_US' }, speaker_id_map: { amy: 0, joe: 1, bad: 'x' } };
  const path = makeFolder(t, piperFiles(config));
  const result = await findModelFiles(path);
  assert.deepEqual(result, {
    kind: 'ok',
    family: 'vits',
    files: {
      vits: {
        model: join(path, 'en_US-amy.onnx'),
        tokens: join(path, 'tokens.txt'),
        dataDir: join(path, 'espeak-ng-data'),
      },
    },
    description: {
      languages: ['en-US', 'en'],
      speakers: new Map([
        ['amy', 0],
        ['joe', 1],
      ]),
    },
  });
});

test('a Kokoro model is known by its voices, all its lexicons are used and its metadata is read', async (t) => {
  const path = makeFolder(t, {
    'model.onnx': onnxBytes({ speaker_names: 'af_bella,am_adam', voice: 'en-us', big: 'x'.repeat(300) }),
    'model.int8.onnx': onnxBytes(),
    'voices.bin': 'x',
    'tokens.txt': 'x',
    'lexicon-zh.txt': 'x',
    'lexicon-us-en.txt': 'x',
    ...espeakData,
  });
  const result = await findModelFiles(path);
  assert.equal(result.kind, 'ok');
  assert.equal(result.family, 'kokoro');
  assert.deepEqual(result.files, {
    kokoro: {
      model: join(path, 'model.onnx'),
      voices: join(path, 'voices.bin'),
      tokens: join(path, 'tokens.txt'),
      dataDir: join(path, 'espeak-ng-data'),
      lexicon: `${join(path, 'lexicon-us-en.txt')},${join(path, 'lexicon-zh.txt')}`,
    },
  });
  assert.deepEqual([...result.description.speakers.keys()], ['af_bella', 'am_adam']);
  assert.deepEqual(result.description.languages, ['en-US', 'en']);
});

test('a Matcha model takes the vocoder beside it, or the one it is told of, and is nothing without', async (t) => {
  const files = { 'model-steps-3.onnx': onnxBytes(), 'tokens.txt': 'x', 'lexicon.txt': 'x' };
  const both = makeFolder(t, { ...files, 'vocos-22khz-univ.onnx': onnxBytes() });
  const alone = makeFolder(t, files);
  const vocoder = join(both, 'vocos-22khz-univ.onnx');
  for (const result of [await findModelFiles(both), await findModelFiles(alone, vocoder)]) {
    assert.equal(result.kind, 'ok');
    assert.equal(result.family, 'matcha');
    assert.equal(result.files.matcha?.['vocoder'], vocoder);
    assert.match(result.files.matcha?.['acousticModel'] ?? '', /model-steps-3\.onnx$/u);
  }
  assert.match(await problemsOf(t, files), /Matcha model needs a vocoder/);
});

test('everything that is missing or broken is told at once, by file', async (t) => {
  const { 'en_US-amy.onnx': model, ...rest } = piperFiles();
  assert.match(await problemsOf(t, rest), /there is no model here/);
  assert.match(await problemsOf(t, { ...rest, 'm.onnx': '' }), /m\.onnx: is empty/);
  assert.match(
    await problemsOf(t, { ...rest, 'm.onnx': lfs }),
    /m\.onnx: is a Git LFS pointer.*git lfs pull/,
  );
  assert.match(await problemsOf(t, { ...rest, 'm.onnx': '<!DOCTYPE html>' }), /m\.onnx: is a web page/);
  assert.match(await problemsOf(t, { ...rest, 'm.onnx': 'what is this?' }), /m\.onnx: is not an ONNX model/);
  const whole = Buffer.from(model ?? '');
  assert.match(
    await problemsOf(t, { ...rest, 'm.onnx': whole.subarray(0, -100) }),
    new RegExp(`m\\.onnx: is cut off: it has ${whole.length - 100} bytes, but needs ${whole.length}`),
  );
  const several = await problemsOf(t, { 'voices.bin': '', 'model.onnx': onnxBytes() });
  assert.match(
    several,
    /tokens\.txt: is missing[^]*voices\.bin: is empty[^]*neither espeak-ng-data nor a lexicon/,
  );
  const { 'espeak-ng-data/phondata': _gone, ...incomplete } = piperFiles();
  assert.match(await problemsOf(t, incomplete), /phondata: is missing/);
  assert.match(
    await problemsOf(t, { ...piperFiles(), 'tokens.txt': lfs }),
    /tokens\.txt: is a Git LFS pointer/,
  );
  const nowhere = await findModelFiles('/no/such/folder');
  assert.ok(nowhere.kind === 'invalid' && /cannot be read: ENOENT/.test(nowhere.problems.join()));
});

test('a model that is cut off anywhere is found out', async (t) => {
  const whole = onnxBytes({ key: 'value' });
  // Only at the ends of fields does what is left look whole.
  const ends = new Set([2 + 3 + 300, whole.length]);
  for (let length = 3; length < whole.length; length += 31) {
    if (ends.has(length)) continue;
    assert.match(
      await problemsOf(t, { ...piperFiles(), 'en_US-amy.onnx': whole.subarray(0, length) }),
      /amy\.onnx/,
    );
  }
});
