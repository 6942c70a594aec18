import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { status } from '@grpc/grpc-js';
import { collectingSink } from '../../testing/collecting-sink.ts';
import { startTestWorker } from '../../testing/start-test-worker.ts';
import { audioOf } from '../../testing/test-client.ts';
import { createSherpaEngine } from './sherpa-engine.ts';
import { makeFolder, piperFiles } from './testing/model-folder.ts';

const library = new URL('testing/fake-library.ts', import.meta.url).href;
const never = new AbortController().signal;
const BYTES_PER_CHARACTER = 200;

async function open(
  t: TestContext,
  options: Record<string, unknown> = {},
  folder = makeFolder(t, piperFiles()),
) {
  const engine = await createSherpaEngine({ options: { models: folder, ...options }, library });
  t.after(() => engine.close());
  return { engine, folder };
}

async function loaded(t: TestContext, options: Record<string, unknown> = {}) {
  const { engine } = await open(t, options);
  const model = await engine.load('voice', never);
  t.after(() => model.unload());
  return model;
}

const request = (text: string, options: Record<string, string> = {}, abort = new AbortController()) => ({
  text,
  options,
  signal: abort.signal,
});

test('a text is spoken in another process, with its voice and speed, at the rate of the model', async (t) => {
  const model = await loaded(t, { voices: 'amy,joe,sue' });
  const sink = collectingSink();
  await model.synthesize(request('Hello.', { voice: 'joe', speed: '2' }), sink);
  assert.equal(sink.bytes, (6 * BYTES_PER_CHARACTER) / 2);
  assert.deepEqual([...sink.rates], [22_050]);
  assert.equal(sink.all().readInt16LE(100), Math.round(0.02 * 32_767));
});

test('samples beyond full scale are clipped, what is no number is silence, and models that give all at the end speak', async (t) => {
  const model = await loaded(t);
  const sink = collectingSink();
  await model.synthesize(request('odd whole'), sink);
  assert.deepEqual(
    [0, 2, 4].map((at) => sink.all().readInt16LE(at)),
    [0, 32_767, -32_767],
  );
  assert.equal(sink.bytes, 9 * BYTES_PER_CHARACTER);
});

test('a crash of native code costs the text that was spoken, and the others go on', async (t) => {
  const engine = (await open(t, { processes: 2 })).engine;
  await using worker = await startTestWorker({ engine });
  const { client } = worker;
  await Promise.all(['a', 'b', 'c'].map((id) => client.start(id)));
  const other = client.open();
  other.send({ sessionId: 'b', text: 'endless' });
  await other.atLeast(3);
  await assert.rejects(client.speak('a', 'crash'), { code: status.UNAVAILABLE, details: /SIGSEGV/ });
  const before = other.frames.length;
  await other.atLeast(before + 3);
  const again = await client.speak('c', 'Still here.');
  assert.equal(
    audioOf(again).length,
    11 * BYTES_PER_CHARACTER,
    'a new process took the place of the dead one',
  );
  await client.end('b');
  await other.ended;
});

test('texts that wait for a process that crashes are spoken by its successor', async (t) => {
  const model = await loaded(t);
  const sink = collectingSink();
  const crash = model.synthesize(request('crash'), collectingSink());
  const waiting = model.synthesize(request('Hello.'), sink);
  await assert.rejects(crash, { code: 'ENGINE_UNAVAILABLE' });
  await waiting;
  assert.equal(sink.bytes, 6 * BYTES_PER_CHARACTER);
});

test('a text that the library refuses is a failure of that text alone', async (t) => {
  const model = await loaded(t);
  await assert.rejects(model.synthesize(request('throw'), collectingSink()), {
    code: 'ENGINE_FAILED',
    message: /not in the lexicon/,
  });
  const sink = collectingSink();
  await model.synthesize(request('Hi.'), sink);
  assert.equal(sink.bytes, 3 * BYTES_PER_CHARACTER);
});

test('a process that falls silent is ended, and the next text gets a new one', async (t) => {
  const model = await loaded(t, { silence_timeout_ms: 500 });
  await assert.rejects(model.synthesize(request('hang'), collectingSink()), {
    code: 'ENGINE_TIMEOUT',
    message: /500 ms/,
  });
  // The next one starts a process, which takes its time, but that is not a silence.
  const sink = collectingSink();
  await model.synthesize(request('Hi.'), sink);
  assert.equal(sink.bytes, 3 * BYTES_PER_CHARACTER);
});

test('an abort returns at once and frees the process for the next text', async (t) => {
  const model = await loaded(t);
  const abort = new AbortController();
  const sink = collectingSink();
  const speech = model.synthesize(request('endless', {}, abort), sink);
  await sink.atLeast(1000);
  abort.abort();
  await speech;
  const { bytes } = sink;
  const next = collectingSink();
  await model.synthesize(request('Hi.'), next);
  assert.equal(next.bytes, 3 * BYTES_PER_CHARACTER);
  assert.equal(sink.bytes, bytes, 'audio came after the abort');
});

test('a listener who holds back is heeded between sentences', async (t) => {
  const model = await loaded(t);
  const sink = collectingSink(1);
  const speech = model.synthesize(request('One. Two. Three.'), sink);
  await sink.atLeast(5 * BYTES_PER_CHARACTER);
  // Another text passes: the process is free while the first listener waits.
  await model.synthesize(request('Hi.'), collectingSink());
  assert.equal(sink.bytes, 5 * BYTES_PER_CHARACTER);
  sink.open();
  await speech;
  assert.equal(sink.bytes, 16 * BYTES_PER_CHARACTER);
});

test('one text too many is refused, and an aborted one leaves the queue', async (t) => {
  const model = await loaded(t, { max_waiting: 1 });
  const [first, second] = [new AbortController(), new AbortController()];
  const speaking = model.synthesize(request('endless', {}, first), collectingSink());
  const waiting = model.synthesize(request('Two.', {}, second), collectingSink());
  await assert.rejects(model.synthesize(request('Three.'), collectingSink()), { code: 'ENGINE_BUSY' });
  second.abort();
  await waiting;
  const sink = collectingSink();
  const third = model.synthesize(request('Hi.'), sink);
  first.abort();
  await Promise.all([speaking, third]);
  assert.equal(sink.bytes, 3 * BYTES_PER_CHARACTER);
});

test('a model that does not load is told with the reason, however it fails', async (t) => {
  for (const [name, message] of [
    ['aborts', /SIGABRT.*cannot parse the model/],
    ['throws', /wrong sample rate in the model/],
    ['hangs', /gave nothing for 500 ms/],
  ] as const) {
    const folder = makeFolder(t, piperFiles(), name);
    const { engine } = await open(t, name === 'hangs' ? { load_timeout_ms: 500 } : {}, folder);
    await assert.rejects(engine.load(name, never), { code: 'LOAD_FAILED', message });
  }
});

test('a library that is not there or another one is told', async (t) => {
  const models = makeFolder(t, piperFiles());
  for (const [missing, message] of [
    ['no-such-library', /Cannot find package 'no-such-library'/],
    ['node:path', /has no OfflineTts/],
  ] as const) {
    const engine = await createSherpaEngine({ options: { models }, library: missing });
    await assert.rejects(engine.load('voice', never), { code: 'LOAD_FAILED', message });
  }
});

test('files that vanish after the start are told when the model is loaded', async (t) => {
  const { engine, folder } = await open(t);
  rmSync(join(folder, 'tokens.txt'));
  await assert.rejects(engine.load('voice', never), {
    code: 'LOAD_FAILED',
    message: /tokens\.txt: is missing/,
  });
});

test('models have the ids of their folders, their languages and voices; every problem is told at the start', async (t) => {
  const config = { language: { code: 'de_DE' }, speaker_id_map: { karl: 0 } };
  const german = makeFolder(t, piperFiles(config), 'de_DE-karl');
  const other = makeFolder(t, piperFiles());
  const engine = await createSherpaEngine({ options: { models: `${german},my-voice=${other}` }, library });
  assert.deepEqual(engine.models, [
    { modelId: 'de_DE-karl', family: 'vits', languages: ['de-DE', 'de'], voices: ['karl'] },
    { modelId: 'my-voice', family: 'vits', languages: [] },
  ]);
  await assert.rejects(createSherpaEngine({ options: { models: `${other},/nowhere,${other}` }, library }), {
    code: 'BAD_OPTIONS',
    message: /\/nowhere: the folder[^]*voice: two models have this id/,
  });
  await assert.rejects(createSherpaEngine({ options: { threads: 0, foo: 1 } }), {
    code: 'BAD_OPTIONS',
    message: /models.*threads.*foo/,
  });
});

test('a voice that is not there and a wrong speed refuse the session', async (t) => {
  const model = await loaded(t, { voices: 'amy,joe' });
  assert.match(
    model.checkOptions?.({ voice: 'max' }) ?? '',
    /no voice "max"; there are amy, joe, or speakers 0 to 2/,
  );
  assert.match(model.checkOptions?.({ voice: '3' }) ?? '', /speakers 0 to 2/);
  assert.match(model.checkOptions?.({ speed: '9' }) ?? '', /speed must be 0.25 to 4/);
  assert.equal(model.checkOptions?.({ voice: '2', speed: '0.5' }), undefined);
});

test('the real library refuses a file that only looks like a model, and the worker lives on', async (t) => {
  const models = makeFolder(t, piperFiles());
  const engine = await createSherpaEngine({ options: { models, load_timeout_ms: 30_000 } });
  await assert.rejects(engine.load('voice', never), (error: Error) => {
    if (error.message.includes('Cannot find package')) t.skip('sherpa-onnx-node is not installed');
    assert.match(error.message, /voice could not be loaded/);
    t.diagnostic(error.message);
    return true;
  });
});
