import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { unpackTestModel } from '@parley/testkit';
import { AsrError } from '../asr-error.ts';
import { inspectOnnx } from './inspect-onnx.ts';
import { copyTestModel } from './testing/model-copy.ts';
import { withMetadata } from './testing/with-metadata.ts';
import { recognizerConfig } from './recognizer-config.ts';
import { loadWhisperModel } from './whisper-model.ts';

function modelError(...parts: readonly (string | RegExp)[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof AsrError, String(error));
    assert.equal(error.code, 'MODEL_INVALID');
    for (const part of parts) {
      if (typeof part === 'string') assert.ok(error.message.includes(part), error.message);
      else assert.match(error.message, part);
    }
    return true;
  };
}

test('the files of a good model are found, and what it can', async () => {
  const directory = await unpackTestModel();
  assert.deepEqual(await loadWhisperModel({ directory }), {
    directory,
    encoder: join(directory, 'parley-test-encoder.onnx'),
    decoder: join(directory, 'parley-test-decoder.onnx'),
    tokens: join(directory, 'parley-test-tokens.txt'),
    melBins: 80,
    isMultilingual: false,
    languages: ['en'],
  });
});

test('the 8-bit form is taken where there is one, unless the other is asked for', async () => {
  await using copy = await copyTestModel();
  for (const part of ['encoder', 'decoder'] as const) {
    await copyFile(copy.path(`${part}.onnx`), join(copy.directory, `parley-test-${part}.int8.onnx`));
  }
  const { directory } = copy;
  const names = async (preferInt8?: boolean): Promise<readonly boolean[]> => {
    const model = await loadWhisperModel({ directory, ...(preferInt8 !== undefined && { preferInt8 }) });
    return [model.encoder, model.decoder].map((path) => path.includes('int8'));
  };
  assert.deepEqual(await names(), [true, true]);
  assert.deepEqual(await names(false), [false, false]);
  await rm(copy.path('encoder.onnx'));
  assert.deepEqual(await names(false), [true, false]);
});

test('a model of 128 bands, as large-v3 is, gets its features of so many', async () => {
  await using copy = await copyTestModel();
  const encoder = copy.path('encoder.onnx');
  await writeFile(encoder, withMetadata(await readFile(encoder), { n_mels: '128' }));
  const model = await loadWhisperModel({ directory: copy.directory });
  assert.equal(model.melBins, 128);
  const { featConfig } = recognizerConfig({ ...model, threads: 1, provider: 'cpu' }, '');
  assert.deepEqual(featConfig, { sampleRate: 16_000, featureDim: 128 });
});

test('the languages of a multilingual model are known', async () => {
  await using copy = await copyTestModel();
  const encoder = copy.path('encoder.onnx');
  const changes = { is_multilingual: '1', all_language_codes: 'en,de,fr' };
  await writeFile(encoder, withMetadata(await readFile(encoder), changes));
  const { isMultilingual, languages } = await loadWhisperModel({ directory: copy.directory });
  assert.deepEqual([isMultilingual, languages], [true, ['en', 'de', 'fr']]);
});

test('a directory that is not there is named, and so is a file that is missing from one', async () => {
  await assert.rejects(loadWhisperModel({ directory: '/nowhere/model' }), modelError('/nowhere/model'));
  await using copy = await copyTestModel();
  await rm(copy.path('decoder.onnx'));
  await assert.rejects(
    loadWhisperModel({ directory: copy.directory }),
    modelError(copy.directory, 'no file *decoder*.onnx'),
  );
});

test('a directory in the place of a file is told of, and does not matter beside one', async () => {
  for (const file of ['tokens.txt', 'encoder.onnx'] as const) {
    await using copy = await copyTestModel();
    await mkdir(join(copy.directory, `a-${file}`));
    await loadWhisperModel({ directory: copy.directory });
    await rm(copy.path(file));
    await assert.rejects(
      loadWhisperModel({ directory: copy.directory }),
      modelError(copy.directory, `has no file`, `a-${file} in it is no file`),
    );
  }
});

interface Damage {
  readonly what: string;
  readonly file: 'encoder.onnx' | 'decoder.onnx' | 'tokens.txt';
  readonly reason: RegExp;
  readonly damage: (path: string) => Promise<void>;
}

const damages: readonly Damage[] = [
  { what: 'empty', file: 'encoder.onnx', reason: /is empty/, damage: (path) => truncate(path, 0) },
  {
    what: 'cut off',
    file: 'decoder.onnx',
    reason: /is cut off.*1000000/,
    damage: (path) => truncate(path, 1e6),
  },
  { what: 'cut off by a byte', file: 'decoder.onnx', reason: /cut off|broken/, damage: cutLastByte },
  { what: 'a web page', file: 'encoder.onnx', reason: /is a web page/, damage: put('<!DOCTYPE html><html>') },
  {
    what: 'a pointer of Git LFS',
    file: 'encoder.onnx',
    reason: /pointer of Git LFS/,
    damage: put('version https://git-lfs.github.com/spec/v1\noid sha256:0\n'),
  },
  {
    what: 'zeros',
    file: 'encoder.onnx',
    reason: /broken or no ONNX/,
    damage: (path) => writeFile(path, new Uint8Array(5000)),
  },
  {
    what: 'another network',
    file: 'encoder.onnx',
    reason: /model_type/,
    damage: rename('model_type', 'tiny'),
  },
  {
    what: 'without bands',
    file: 'encoder.onnx',
    reason: /n_mels/,
    damage: rename('n_mels', '0'),
  },
  { what: 'an empty list', file: 'tokens.txt', reason: /is empty/, damage: put('') },
  {
    what: 'a list of something else',
    file: 'tokens.txt',
    reason: /broken at line 2/,
    damage: put('IHR3bw== 2\nhello'),
  },
  {
    what: 'the list of another model',
    file: 'tokens.txt',
    reason: /id below 1574/,
    damage: put('IHR3bw== 51864'),
  },
  {
    what: 'cut off at the end of a line',
    file: 'tokens.txt',
    reason: /has 3 of the 65 tokens/,
    damage: keepLines(3),
  },
  {
    what: 'cut off before its last line',
    file: 'tokens.txt',
    reason: /has 64 of the 65 tokens/,
    damage: keepLines(64),
  },
  {
    what: 'a link to nothing',
    file: 'tokens.txt',
    reason: /cannot be read: ENOENT/,
    damage: async (path) => {
      await rm(path);
      await symlink('/nowhere', path);
    },
  },
];

function put(text: string): (path: string) => Promise<void> {
  return (path) => writeFile(path, text);
}

function keepLines(count: number): (path: string) => Promise<void> {
  return async (path) => {
    const lines = (await readFile(path, 'utf8')).split('\n').slice(0, count);
    await writeFile(path, `${lines.join('\n')}\n`);
  };
}

async function cutLastByte(path: string): Promise<void> {
  await truncate(path, (await readFile(path)).length - 1);
}

function rename(key: string, value: string): (path: string) => Promise<void> {
  return async (path) => writeFile(path, withMetadata(await readFile(path), { [key]: value }));
}

for (const { what, file, reason, damage } of damages) {
  test(`${file} that is ${what} is found out, with its path and the reason`, async () => {
    await using copy = await copyTestModel();
    await damage(copy.path(file));
    await assert.rejects(
      loadWhisperModel({ directory: copy.directory }),
      modelError(copy.path(file), reason),
    );
  });
}

test('what a manifest lists must be there as it says', async () => {
  await using copy = await copyTestModel();
  const path = 'parley-test-tokens.txt';
  const { length: size } = await readFile(copy.path('tokens.txt'));
  const check = async (entry: object): Promise<unknown> => {
    await writeFile(join(copy.directory, 'manifest.json'), JSON.stringify({ files: [entry] }));
    return loadWhisperModel({ directory: copy.directory });
  };
  const sha256 = '0'.repeat(64);
  await assert.rejects(check({ path, size, sha256 }), modelError(copy.path('tokens.txt'), 'SHA-256'));
  await assert.rejects(check({ path, size: size + 1, sha256 }), modelError(copy.path('tokens.txt'), /bytes/));
  await assert.rejects(check({ path: 'other.onnx', size, sha256 }), modelError('other.onnx', 'missing'));
  await assert.rejects(
    check({ path: '../x', size, sha256 }),
    modelError('manifest.json', /bad entry 1 \("\.\.\/x"\); .*every path stay inside/u),
  );
});

/** Every way to cut the file off: the walk must end, and find it out. */
test('wherever a file is cut off, it is found out', async () => {
  await using copy = await copyTestModel();
  const whole = await readFile(copy.path('encoder.onnx'));
  const { bytes } = await inspectOnnx(copy.path('encoder.onnx'));
  assert.equal(bytes, whole.length);
  for (let cut = 1; cut < whole.length; cut = Math.ceil(cut * 2.3)) {
    await writeFile(copy.path('encoder.onnx'), whole.subarray(0, cut));
    await assert.rejects(inspectOnnx(copy.path('encoder.onnx')), modelError(copy.path('encoder.onnx')));
  }
});
