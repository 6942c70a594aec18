import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, describe, test } from 'node:test';
import { bytesFromSamples, wavHeader } from '@parley/audio';
import { asrExamples, unpackTestModel, wordErrors, words } from '@parley/testkit';
import { runParley } from '../../packages/cli/src/testing/run-parley.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-transcribe-'));
after(() => rmSync(folder, { recursive: true }));

const PAUSE = new Int16Array(16_000 * 1.5);

/** Writes recordings with pauses between them as one WAV file. */
function writeWav(name: string, parts: readonly Int16Array[]): string {
  const samples = Int16Array.from(parts.flatMap((part) => [...PAUSE, ...part]).concat([...PAUSE]));
  const pcm = bytesFromSamples(samples);
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([wavHeader({ sampleRateHz: 16_000, dataBytes: pcm.byteLength }), pcm]));
  return path;
}

describe('parley transcribe', () => {
  test('prints what is said in a recording, sentence by sentence with times', async () => {
    const examples = asrExamples().slice(0, 4);
    const file = writeWav(
      'four.wav',
      examples.map(({ samples }) => samples),
    );
    const model = await unpackTestModel();
    const { code, stdout, stderr } = await runParley(['transcribe', file, '--model', model, '--json']);
    assert.equal(code, 0, stderr);
    const said = stdout
      .toString('utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { start_ms: number; end_ms: number; text: string });
    assert.equal(said.length, examples.length);
    let errors = 0;
    let total = 0;
    let atMs = 0;
    for (const [index, { samples, transcript }] of examples.entries()) {
      atMs += 1500;
      const { start_ms: startMs = 0, end_ms: endMs = 0, text = '' } = said[index] ?? {};
      assert.ok(
        startMs >= atMs && endMs <= atMs + samples.length / 16 + 300,
        `${startMs}-${endMs} at ${atMs}`,
      );
      errors += wordErrors(transcript, text);
      total += words(transcript).length;
      atMs += samples.length / 16;
    }
    assert.ok(errors / total < 0.1, `${errors} of ${total} words are wrong`);
  });

  test('prints lines for people where nobody asks for JSON', async () => {
    const [, light] = asrExamples();
    assert.ok(light);
    const file = writeWav('light.wav', [light.samples]);
    const { code, stdout, stderr } = await runParley([
      'transcribe',
      file,
      '--model',
      await unpackTestModel(),
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout.toString('utf8'), /^\[0:0\d\.\d{3} - 0:0\d\.\d{3}\] turn on the kitchen light\n$/);
  });

  test('prints nothing for a recording in which nobody speaks, and says so elsewhere', async () => {
    const nothing = join(folder, 'nothing.wav');
    writeFileSync(nothing, wavHeader({ sampleRateHz: 16_000, dataBytes: 0 }));
    for (const file of [writeWav('silence.wav', []), nothing]) {
      const run = await runParley(['transcribe', file, '--model', await unpackTestModel()]);
      assert.equal(run.code, 0);
      assert.equal(run.stdout.toString('utf8'), '');
      assert.equal(run.stderr, `No speech was found in ${file}.\n`);
    }
  });

  test('transcribes what there is of a recording that is cut off, and says that it ends early', async () => {
    const [, light] = asrExamples();
    assert.ok(light);
    const file = writeWav('cut-off.wav', [light.samples]);
    truncateSync(file, statSync(file).size - 32_000);
    const run = await runParley(['transcribe', file, '--model', await unpackTestModel()]);
    assert.equal(run.code, 0);
    assert.match(run.stdout.toString('utf8'), / turn on the kitchen light\n$/);
    const why = `${file} ends early: 0:01.000 less than its header says. What there is is transcribed.\n`;
    assert.equal(run.stderr, why);
  });

  test('says what is wrong with a file that is no recording, and with a model that is not there', async () => {
    const notWav = await runParley(['transcribe', fileURLToPath(import.meta.url)]);
    assert.equal(notWav.code, 2);
    assert.match(notWav.stderr, /not a WAV/);
    const noModel = await runParley(['transcribe', writeWav('one.wav', []), '--model', 'whisper-none.en']);
    assert.equal(noModel.code, 1);
    assert.match(noModel.stderr, /no model whisper-none\.en in .*docs\/listening\.md/);
    const noDirectory = await runParley(['transcribe', writeWav('one.wav', []), '--model', '/nope']);
    assert.equal(noDirectory.code, 1);
    assert.match(noDirectory.stderr, /--model is \/nope, but there is no such directory/);
    assert.doesNotMatch(noDirectory.stderr, /asr\.model_path/);
  });
});
