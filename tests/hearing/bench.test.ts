import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, test } from 'node:test';
import { asrExamples, unpackTestModel } from '@parley/testkit';
import { runParley } from '../../packages/cli/src/testing/run-parley.ts';
import type { HearingReport } from '../../packages/cli/src/bench/hearing/hearing-report.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-bench-hearing-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const { PATH = '' } = process.env;

// Counts only: how fast anything is says nothing on a machine that runs tests.
test('the benchmark of hearing transcribes and answers every turn, and names its model', async () => {
  const json = join(folder, 'hearing.json');
  const page = join(folder, 'page.md');
  const model = await unpackTestModel();
  const example = asrExamples().find(({ transcript }) => transcript === 'good morning how are you');
  assert.ok(example !== undefined);
  const args = ['--hearing', '--sessions', '2', '--seconds', '1', '--model', model];
  const wav = fileURLToPath(example.url);
  const run = await runParley(['bench', ...args, '--wav', wav, '--json', json], { env: { PATH } });
  assert.equal(run.code, 0, run.stderr);

  // The only writer of this is the command.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const report = JSON.parse(readFileSync(json, 'utf8')) as HearingReport;
  assert.equal(report.sound, true);
  assert.equal(report.model, basename(model));
  assert.deepEqual(
    report.cases.map(({ responder, sessions }) => [sessions, responder]),
    [
      [2, 'echo'],
      [2, 'llm'],
    ],
  );
  for (const { recognizer, turns } of report.cases) {
    assert.ok(turns.said >= 2);
    assert.deepEqual([turns.failed, turns.errors], [0, 0]);
    assert.equal(turns.transcript, example.transcript);
    assert.equal(turns.finalMs.count, turns.said);
    assert.equal(turns.firstAudioMs.count, turns.said);
    // Silence that ends a turn is in every time, on whatever machine; the first audio follows the transcript.
    assert.ok(turns.finalMs.p50 >= report.endpointingMs - 50, `${turns.finalMs.p50} ms`);
    assert.ok(turns.firstAudioMs.p50 >= turns.finalMs.p50);
    assert.ok((recognizer.realTimeFactor.final ?? 0) > 0);
    assert.equal(recognizer.processes, 1);
  }
  const [echo, llm] = report.cases.map(({ turns }) => turns.firstAudioMs.p50 - turns.finalMs.p50);
  assert.ok((llm ?? 0) >= report.llmDelayMs - 50, `${llm} ms after, and ${echo} ms with the echo`);

  writeFileSync(page, '# B\n<!-- bench:start -->\nkept\n<!-- bench:end -->\n');
  const updated = await runParley(['bench', 'report', json, '--update', page]);
  assert.equal(updated.code, 0, updated.stderr);
  const text = readFileSync(page, 'utf8');
  assert.match(
    text,
    /kept\n<!-- bench:end -->\n\n<!-- hearing:start -->[^]*\| 2 \| llm \|[^]*<!-- hearing:end -->/,
  );
});

test('the benchmark of hearing asks which model is meant, and says what is no recording', async () => {
  const without = await runParley(['bench', '--hearing']);
  assert.equal(without.code, 2);
  assert.match(without.stderr, /--model/);
  const noWav = await runParley([
    'bench',
    '--hearing',
    '--model',
    'x',
    '--wav',
    fileURLToPath(import.meta.url),
  ]);
  assert.equal(noWav.code, 2);
  assert.match(noWav.stderr, /bench\.test\.ts cannot be used as speech/);
});
