import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { asrExamples } from './asr-examples.ts';
import { unpackTestModel } from './test-model.ts';
import { wordErrors } from './word-errors.ts';

test('the model is unpacked whole, also when several want it at once', async () => {
  const directories = await Promise.all([unpackTestModel(), unpackTestModel(), unpackTestModel()]);
  assert.equal(new Set(directories).size, 1);
  const [directory] = directories;
  const names = await readdir(directory);
  const sizes = await Promise.all(
    names.toSorted().map(async (name) => (await stat(join(directory, name))).size),
  );
  assert.deepEqual(sizes, [1_343_932, 2_306_208, 794]);
});

test('there are twelve recordings, each with what is said in it', () => {
  const examples = asrExamples();
  assert.equal(examples.length, 12);
  assert.ok(examples.every(({ samples, transcript }) => samples.length > 16_000 && transcript !== ''));
  assert.equal(examples[1]?.transcript, 'turn on the kitchen light');
});

test('words left out, put in and changed are errors, case and punctuation are not', () => {
  assert.equal(wordErrors('turn on the light', 'Turn on the light!'), 0);
  assert.equal(wordErrors('turn on the light', 'turn the light'), 1);
  assert.equal(wordErrors('turn on the light', 'now turn off the light'), 2);
  assert.equal(wordErrors('turn on the light', ''), 4);
  assert.equal(wordErrors('', 'noise'), 1);
});
