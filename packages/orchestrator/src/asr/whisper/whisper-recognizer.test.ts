import assert from 'node:assert/strict';
import { open, readFile, writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { asrExamples, FakeClock, unpackTestModel, wordErrors, words, silentLogger } from '@parley/testkit';
import { createSystemClock } from '../../clock/system-clock.ts';
import type { Logger } from '../../session/ports/logger.ts';
import type { AsrEngine } from '../asr-engine.ts';
import { noAsrMetrics } from '../asr-metrics.ts';
import type { Recognition } from '../recognizer.ts';
import { transcribe } from '../testing/transcribe.ts';
import { createWindowedEngine } from '../windowed-engine.ts';
import { copyTestModel, type ModelCopy } from './testing/model-copy.ts';
import { withMetadata } from './testing/with-metadata.ts';
import { loadWhisperModel } from './whisper-model.ts';
import { startWhisper, type WhisperOptions, type WhisperRecognizer } from './whisper-recognizer.ts';

const systemClock = createSystemClock();
const examples = asrExamples();
const RATE = 16_000;

interface Stage extends AsyncDisposable {
  readonly recognizer: WhisperRecognizer;
  readonly engine: AsrEngine;
}

async function stageOf(options: Partial<WhisperOptions> = {}): Promise<Stage> {
  const model = await loadWhisperModel({ directory: await unpackTestModel() });
  const recognizer = await startWhisper({ model, clock: systemClock, logger: silentLogger, ...options });
  const engine = createWindowedEngine({
    recognizer,
    clock: systemClock,
    logger: silentLogger,
    maxWindowMs: 8000,
  });
  return { recognizer, engine, [Symbol.asyncDispose]: () => engine.close() };
}

function recognize(
  recognizer: WhisperRecognizer,
  samples: Int16Array,
  language = 'auto',
): Promise<Recognition> {
  return recognizer.recognize({ samples, language, signal: new AbortController().signal });
}

function exampleSaying(transcript: string): Int16Array {
  const example = examples.find((one) => one.transcript === transcript);
  assert.ok(example);
  return example.samples;
}

function concat(parts: readonly Int16Array[]): Int16Array {
  const joined = new Int16Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** The model for tests, with what else a multilingual one has. */
async function copyMultilingual(): Promise<ModelCopy> {
  const copy = await copyTestModel();
  const encoder = copy.path('encoder.onnx');
  const changes = {
    is_multilingual: '1',
    sot_sequence: '66,66,68',
    all_language_tokens: '66,67,69',
    all_language_codes: 'en,de,fr',
  };
  await writeFile(encoder, withMetadata(await readFile(encoder), changes));
  return copy;
}

describe('one recognizer', () => {
  let stage: Stage;
  before(async () => {
    stage = await stageOf({ workers: 2 });
  });
  after(() => stage[Symbol.asyncDispose]());

  test('the word error rate on the examples is 0, with partials and without', async (context) => {
    for (const partials of [true, false]) {
      let errors = 0;
      let count = 0;
      for (const { samples, transcript } of examples) {
        const { text } = await transcribe(stage.engine, samples, { partials });
        errors += wordErrors(transcript, text);
        count += words(transcript).length;
      }
      context.diagnostic(`partials ${partials}: ${errors} errors in ${count} words`);
      assert.equal(count, 35);
      assert.equal(errors, 0);
    }
  });

  test('noise, hum and a click are no words, and neither is silence', async () => {
    let seed = 1;
    const random = (): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647 - 0.5;
    };
    const sounds = {
      noise: Int16Array.from({ length: 2 * RATE }, () => 3000 * random()),
      hum: Int16Array.from(
        { length: 2 * RATE },
        (_, index) => 3000 * Math.sin((index * 2 * Math.PI * 50) / RATE),
      ),
      click: new Int16Array(RATE).fill(20_000, 8000, 8016),
      silence: new Int16Array(2 * RATE),
      almostSilence: new Int16Array(2 * RATE).fill(4, 100, 200),
    };
    for (const [name, samples] of Object.entries(sounds)) {
      assert.equal((await transcribe(stage.engine, samples)).text, '', name);
    }
  });

  test('clipped and very quiet speech is read', async () => {
    const samples = exampleSaying('turn on the kitchen light');
    const clipped = samples.map((sample) => Math.max(-32_768, Math.min(32_767, sample * 6)));
    const quiet = samples.map((sample) => Math.round(sample / 50));
    for (const changed of [clipped, quiet]) {
      const { text } = await transcribe(stage.engine, changed);
      assert.equal(wordErrors('turn on the kitchen light', text), 0, text);
    }
  });

  test('a turn longer than the window is cut between words and joined', async () => {
    const pause = new Int16Array(RATE / 2);
    const said = examples.slice(0, 12);
    const samples = concat(said.flatMap((one) => [one.samples, pause]));
    const { text, events } = await transcribe(stage.engine, samples, { partials: false });
    const transcript = said.map((one) => one.transcript).join(' ');
    assert.ok(wordErrors(transcript, text) <= 2, text);
    const last = events.at(-1);
    assert.ok(last?.kind === 'final' && last.segments.length >= 3);
  });

  test('English only: the language is told, and no other can be had', async () => {
    const { recognizer } = stage;
    assert.equal((await recognize(recognizer, exampleSaying('hello'))).language, 'en');
    assert.equal(recognizer.refuseLanguage('en-US'), undefined);
    assert.equal(recognizer.refuseLanguage('auto'), undefined);
    assert.match(recognizer.refuseLanguage('de') ?? '', /English only.*de/);
  });
});

test('a process killed in the middle of a decode costs one retry and nothing else', async () => {
  let restarts = 0;
  const metrics = { ...noAsrMetrics, restarted: () => void (restarts += 1) };
  await using stage = await stageOf({ metrics });
  const { recognizer } = stage;
  const [pid = 0] = recognizer.pids;
  // A stopped process cannot answer before it is killed.
  process.kill(pid, 'SIGSTOP');
  const decoded = recognize(recognizer, exampleSaying('play music'));
  process.kill(pid, 'SIGKILL');
  assert.equal((await decoded).text, 'play music');
  assert.equal(restarts, 1);
  assert.notEqual(recognizer.pids[0], pid);
  assert.equal((await transcribe(stage.engine, exampleSaying('stop'))).text, 'stop');
});

test('a decode that ends its process, and the next one too, fails, and others work', async () => {
  let restarts = 0;
  let retries = 0;
  const warn: Logger['warn'] = (_fields, message) => {
    if (message.includes('once more')) retries += 1;
  };
  await using copy = await copyMultilingual();
  await using stage = await stageOf({
    model: await loadWhisperModel({ directory: copy.directory }),
    logger: { ...silentLogger, warn },
    metrics: { ...noAsrMetrics, restarted: () => void (restarts += 1) },
  });
  const { recognizer } = stage;
  // The runtime exits when it is told a language that the model does not know.
  const fatal = recognize(recognizer, exampleSaying('stop'), 'xx');
  await assert.rejects(fatal, { name: 'AsrError', code: 'ENGINE_FAILED', message: /Invalid language/ });
  assert.deepEqual([restarts, retries], [2, 1]);
  assert.equal((await recognize(recognizer, exampleSaying('stop'), 'en')).text, 'stop');
});

test('a process that hangs is killed in time, and what it was to decode is tried once more', async () => {
  const clock = new FakeClock();
  const killed = Promise.withResolvers<void>();
  const metrics = { ...noAsrMetrics, restarted: () => killed.resolve() };
  await using stage = await stageOf({ timeoutMs: 20_000, clock, metrics });
  const { recognizer } = stage;
  const [pid = 0] = recognizer.pids;
  process.kill(pid, 'SIGSTOP');
  const hanging = recognize(recognizer, exampleSaying('stop'));
  clock.advance(20_000);
  await killed.promise;
  clock.advance(50);
  assert.equal((await hanging).text, 'stop');
  assert.notEqual(recognizer.pids[0], pid);
});

test('a decode that hangs twice fails, and a partial is not tried again at all', async () => {
  const clock = new FakeClock();
  let exits = Promise.withResolvers<void>();
  let starts = Promise.withResolvers<void>();
  const metrics = { ...noAsrMetrics, restarted: () => exits.resolve() };
  const info: Logger['info'] = (_fields, message) => {
    if (message.includes('is ready')) starts.resolve();
  };
  await using stage = await stageOf({ timeoutMs: 20_000, clock, metrics, logger: { ...silentLogger, info } });
  const { recognizer } = stage;
  const hang = (): void => {
    [exits, starts] = [Promise.withResolvers(), Promise.withResolvers()];
    process.kill(recognizer.pids[0] ?? 0, 'SIGSTOP');
  };
  const restart = async (): Promise<void> => {
    await exits.promise;
    clock.advance(1000);
    await starts.promise;
  };
  hang();
  const signal = new AbortController().signal;
  const samples = exampleSaying('stop');
  const partial = recognizer.recognize({ samples, language: 'auto', signal, isPartial: true });
  clock.advance(20_000);
  await assert.rejects(partial, { code: 'TIMED_OUT', message: /20000 ms/ });
  await restart();

  hang();
  const twice = recognize(recognizer, samples);
  clock.advance(20_000);
  await restart();
  hang();
  await new Promise(setImmediate);
  clock.advance(20_000);
  await assert.rejects(twice, { code: 'TIMED_OUT', message: /20000 ms/ });
  await restart();
  assert.equal((await recognize(recognizer, samples)).text, 'stop');
});

for (const part of ['encoder.onnx', 'decoder.onnx'] as const) {
  test(`a ${part} whose outside is good and whose inside is broken is a start-up error that names it`, () =>
    breakInside(part));
}

async function breakInside(part: 'encoder.onnx' | 'decoder.onnx'): Promise<void> {
  await using copy = await copyTestModel();
  const file = await open(copy.path(part), 'r+');
  await file.write(Buffer.from([0xff, 0xff, 0xff, 0xff]), 0, 4, 300);
  await file.close();
  const model = await loadWhisperModel({ directory: copy.directory });
  await assert.rejects(startWhisper({ model, clock: systemClock, logger: silentLogger }), (error) => {
    assert.ok(error instanceof Error);
    assert.ok(error.message.includes(copy.directory), error.message);
    assert.ok(error.message.includes(part), error.message);
    return 'code' in error && error.code === 'ENGINE_START_FAILED';
  });
}

test('a multilingual model tells which language it heard, or takes the one it is told', async () => {
  await using copy = await copyMultilingual();
  const model = await loadWhisperModel({ directory: copy.directory });
  await using stage = await stageOf({ model });
  const { recognizer } = stage;
  const samples = exampleSaying('good morning how are you');
  const detected = await recognize(recognizer, samples, 'auto');
  assert.ok(model.languages.includes(detected.language ?? ''), detected.language);
  assert.equal((await recognize(recognizer, samples, 'de-AT')).language, 'de');
  assert.equal((await recognize(recognizer, samples, 'fr')).language, 'fr');
  // A language that it is not told in time would end the process.
  assert.match(recognizer.refuseLanguage('it') ?? '', /does not know the language it/);
});

test('closing it ends its processes', async () => {
  const { recognizer, engine } = await stageOf({ workers: 2 });
  const { pids } = recognizer;
  assert.equal(pids.length, 2);
  await engine.close();
  await recognizer.close();
  for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  await assert.rejects(recognize(recognizer, new Int16Array(RATE)), { code: 'CANCELLED' });
});
