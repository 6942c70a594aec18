import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { status } from '@grpc/grpc-js';
import { wavHeader } from '@parley/audio';
import {
  FakeClock,
  type FakeTimer,
  findFreePort,
  type OpenAiSpeechServer,
  type SpeechPlan,
  startOpenAiSpeechServer,
} from '@parley/testkit';
import { type Clock, systemClock } from '../../clock.ts';
import { collectingSink } from '../../testing/collecting-sink.ts';
import { startTestWorker } from '../../testing/start-test-worker.ts';
import { audioOf } from '../../testing/test-client.ts';
import { createOpenAiEngine } from './openai-engine.ts';

/** Samples 0, 1, 2, … */
function samples(count: number): Buffer {
  const bytes = Buffer.alloc(count * 2);
  for (let index = 0; index < count; index += 1) bytes.writeUInt16LE(index & 0x7fff, index * 2);
  return bytes;
}

function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

async function open(
  t: TestContext,
  speech: SpeechPlan | readonly SpeechPlan[],
  options: Record<string, unknown> = {},
  clock: Clock = systemClock,
) {
  const server = await startOpenAiSpeechServer({ speech });
  t.after(() => server.close());
  const engine = await createOpenAiEngine({
    options: { url: server.url, models: 'm', retry_delay_ms: 1, ...options },
    clock,
  });
  t.after(() => engine.close());
  const model = await engine.load('m', new AbortController().signal);
  return { server, engine, model };
}

/** Time that a test moves by hand, and that tells of the timers that were set. */
class WatchedClock extends FakeClock {
  #timers = 0;
  #wake: PromiseWithResolvers<void> = Promise.withResolvers();

  override setTimer(delayMs: number, onDue: () => void): FakeTimer {
    this.#timers += 1;
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
    return super.setTimer(delayMs, onDue);
  }

  /** Settles when so many timers have been set, called off or not. */
  async timersSet(count: number): Promise<void> {
    while (this.#timers < count) await this.#wake.promise;
  }
}

const request = (text = 'Hello.', options: Record<string, string> = {}, abort = new AbortController()) => ({
  text,
  options,
  signal: abort.signal,
});

test('the request has the shape of the public API, and bare PCM comes through in any pieces', async (t) => {
  const { server, model } = await open(
    t,
    { pieces: cut(samples(5000), 333) },
    { voices: 'nova,echo', api_key: 'k1', instructions: 'Speak softly.' },
  );
  const sink = collectingSink();
  await model.synthesize(request('Hello.', { voice: 'echo', speed: '1.5' }), sink);
  assert.deepEqual(sink.all(), samples(5000));
  assert.deepEqual([...sink.rates], [24_000]);
  const [sent] = server.requests;
  assert.equal(sent?.path, '/v1/audio/speech');
  assert.equal(sent.headers.authorization, 'Bearer k1');
  assert.deepEqual(sent.body, {
    model: 'm',
    input: 'Hello.',
    voice: 'echo',
    response_format: 'pcm',
    speed: 1.5,
    instructions: 'Speak softly.',
  });
});

for (const [what, size] of [
  ['a known', 20_000],
  ['an unknown', undefined],
] as const) {
  test(`a WAV of ${what} size comes as its samples at its own rate, however it is cut`, async (t) => {
    const header = wavHeader({ sampleRateHz: 22_050, ...(size !== undefined && { dataBytes: size }) });
    const trailer = size === undefined ? [] : [Buffer.from('LIST\x04\x00\x00\x00abcd')];
    const wav = Buffer.concat([header, samples(10_000), ...trailer]);
    const { model } = await open(
      t,
      [7, 45, 4096].map((cutSize) => ({ pieces: cut(wav, cutSize) })),
    );
    for (let round = 0; round < 3; round += 1) {
      const sink = collectingSink();
      await model.synthesize(request(), sink);
      assert.deepEqual(sink.all(), samples(10_000));
      assert.deepEqual([...sink.rates], [22_050]);
    }
  });
}

test('a stereo WAV becomes mono', async (t) => {
  const stereo = Buffer.alloc(8);
  for (const [index, value] of [100, 300, -5, -7].entries()) stereo.writeInt16LE(value, index * 2);
  const wav = Buffer.concat([wavHeader({ sampleRateHz: 8000, channels: 2, dataBytes: 8 }), stereo]);
  const { model } = await open(t, { pieces: [wav], contentType: 'audio/wav' });
  const sink = collectingSink();
  await model.synthesize(request(), sink);
  assert.deepEqual([sink.all().readInt16LE(0), sink.all().readInt16LE(2), sink.bytes], [200, -6, 4]);
});

test('a WAV that ends early is a failure, after the audio that came', async (t) => {
  const wav = Buffer.concat([wavHeader({ sampleRateHz: 8000, dataBytes: 1000 }), samples(100)]);
  const { model } = await open(t, { pieces: [wav] });
  const sink = collectingSink();
  await assert.rejects(model.synthesize(request(), sink), {
    code: 'ENGINE_FAILED',
    message: /800 bytes before/,
  });
  assert.equal(sink.bytes, 200);
});

test('what is no audio that can be played is refused with what came', async (t) => {
  const answers: [SpeechPlan, RegExp][] = [
    [
      { pieces: [Buffer.from('{"error": "no such voice"}')], contentType: 'application/json' },
      /application\/json/,
    ],
    [{ pieces: [Buffer.from('MP3? Not at all, really')], contentType: 'audio/mpeg' }, /MP3.*no frame/],
    [{ pieces: [Buffer.from('OggS and then some more')] }, /Ogg Opus.*no page/],
    [{ pieces: [Buffer.from('fLaC and then some more')] }, /FLAC.*pcm, wav, mp3 or Opus/],
    [
      { pieces: [Buffer.from('\xff\xf1 and then more of it')], contentType: 'audio/aac' },
      /aac.*pcm, wav, mp3 or Opus/,
    ],
  ];
  for (const [plan, message] of answers) {
    const { model, server } = await open(t, plan);
    await assert.rejects(model.synthesize(request(), collectingSink()), { code: 'ENGINE_FAILED', message });
    assert.equal(server.requests.length, 1, 'it was tried again in vain');
  }
});

test('before any audio a failing server is tried again, and its last failure is told', async (t) => {
  const good = { pieces: [samples(100)] };
  const failing: SpeechPlan[] = [{ status: 503 }, { fault: 'dies' }, good];
  const { model, server } = await open(t, failing);
  const sink = collectingSink();
  await model.synthesize(request(), sink);
  assert.deepEqual(sink.all(), samples(100));
  assert.equal(server.requests.length, 3);

  const hopeless = await open(t, [{ status: 503 }, { status: 500 }, { status: 429 }, good]);
  await assert.rejects(hopeless.model.synthesize(request(), collectingSink()), {
    code: 'ENGINE_BUSY',
    message: /429: planned 429/,
  });
  assert.equal(hopeless.server.requests.length, 3);
});

test('a server that asks for a longer wait than a listener has is not waited for', async (t) => {
  const { model, server } = await open(t, [{ status: 429, retryAfterSeconds: 60 }, { pieces: [samples(1)] }]);
  await assert.rejects(model.synthesize(request(), collectingSink()), { code: 'ENGINE_BUSY' });
  assert.equal(server.requests.length, 1);
});

test('after the first audio nothing is tried again: what was heard must not come twice', async (t) => {
  const { model, server } = await open(t, {
    pieces: [samples(50), samples(50)],
    fault: 'dies',
    faultAfter: 1,
  });
  const sink = collectingSink();
  await assert.rejects(model.synthesize(request(), sink), { code: 'ENGINE_UNAVAILABLE' });
  assert.equal(sink.bytes, 100);
  assert.equal(server.requests.length, 1);
});

test('each silence has its deadline', async (t) => {
  const options = { first_byte_timeout_ms: 500, gap_timeout_ms: 50, retries: 0 };
  // The timer of the connection is the first one; then there is one for the answer, and one for each piece of it.
  const silences: [SpeechPlan, RegExp, { timers: number; ms: number }][] = [
    [{ fault: 'never_answers' }, /did not answer within 500 ms/, { timers: 2, ms: 500 }],
    [{ fault: 'stalls', faultAfter: 0 }, /sent no audio within 500 ms/, { timers: 3, ms: 500 }],
    [
      { fault: 'stalls', pieces: [samples(20)], faultAfter: 1 },
      /sent no more audio within 50 ms/,
      { timers: 4, ms: 50 },
    ],
  ];
  for (const [plan, message, { timers, ms }] of silences) {
    const clock = new WatchedClock();
    const { model, server } = await open(t, plan, options, clock);
    let isOver = false;
    const speech = model.synthesize(request(), collectingSink()).finally(() => {
      isOver = true;
    });
    const refused = assert.rejects(speech, { code: 'ENGINE_TIMEOUT', message });
    const arrived = await server.requested(1);
    await clock.timersSet(timers);
    clock.advance(ms - 1);
    await new Promise(setImmediate);
    assert.equal(isOver, false, 'it came too early');
    clock.advance(1);
    await refused;
    assert.equal(await arrived.leftEarly, true, 'the stream stayed open');
  }
});

test('an abort closes the stream, at the server too', async (t) => {
  const { model, server } = await open(t, { pieces: [samples(1000)], endless: true });
  const abort = new AbortController();
  const sink = collectingSink();
  const speech = model.synthesize(request('x', {}, abort), sink);
  await sink.atLeast(10_000);
  abort.abort();
  await speech;
  assert.equal(await (await server.requested(1)).leftEarly, true);
  const { bytes } = sink;
  await new Promise(setImmediate);
  assert.equal(sink.bytes, bytes);
});

test('an abort ends the wait for a silent server and the wait between retries', async (t) => {
  for (const [plan, options] of [
    [{ fault: 'never_answers' }, {}],
    [{ status: 503 }, { retry_delay_ms: 60_000 }],
  ] as const) {
    const { model, server } = await open(t, plan, options);
    const abort = new AbortController();
    const speech = model.synthesize(request('x', {}, abort), collectingSink());
    const arrived = await server.requested(1);
    if ('status' in plan) await arrived.leftEarly;
    abort.abort();
    await speech;
  }
});

test('while the session takes no audio the server is not read, and that is no silence', async (t) => {
  const server = await startOpenAiSpeechServer({ speech: { pieces: cut(samples(40_000), 8000) } });
  t.after(() => server.close());
  const clock = new FakeClock();
  const engine = await createOpenAiEngine({ options: { url: server.url, models: 'm' }, clock });
  t.after(() => engine.close());
  const model = await engine.load('m', new AbortController().signal);
  const sink = collectingSink(8000);
  const speech = model.synthesize(request(), sink);
  await sink.atLeast(8000);
  const { bytes } = sink;
  clock.advance(3_600_000);
  await new Promise(setImmediate);
  assert.equal(sink.bytes, bytes);
  sink.open();
  await speech;
  assert.deepEqual(sink.all(), samples(40_000));
});

test('a server that is not there is told by its address', async () => {
  const url = `http://127.0.0.1:${await findFreePort()}/v1`;
  const options = { url, retries: 0 };
  await assert.rejects(createOpenAiEngine({ options }), {
    code: 'ENGINE_UNAVAILABLE',
    message: /ECONNREFUSED/,
  });
  const engine = await createOpenAiEngine({ options: { ...options, models: 'm' } });
  const model = await engine.load('m', new AbortController().signal);
  await assert.rejects(model.synthesize(request(), collectingSink()), {
    code: 'ENGINE_UNAVAILABLE',
    message: new RegExp(url.replace('/v1', '')),
  });
});

test('models are those that the server lists, unless the options name them', async (t) => {
  const models = { data: [{ id: 'kokoro' }, { id: 'tts-1' }, { object: 'x' }, null] };
  const server = await startOpenAiSpeechServer({ models });
  t.after(() => server.close());
  const listed = await createOpenAiEngine({ options: { url: server.url, languages: 'en,de' } });
  assert.deepEqual(
    listed.models.map(({ modelId, languages }) => [modelId, languages]),
    [
      ['kokoro', ['en', 'de']],
      ['tts-1', ['en', 'de']],
    ],
  );
  const named = await createOpenAiEngine({ options: { url: `${server.url}/`, models: 'a, b' } });
  assert.deepEqual(
    named.models.map(({ modelId }) => modelId),
    ['a', 'b'],
  );
  assert.equal(server.requests.length, 1);
});

test('a server that does not list its models is told with what to do', async (t) => {
  const server = await startOpenAiSpeechServer();
  t.after(() => server.close());
  await assert.rejects(createOpenAiEngine({ options: { url: `${server.url}/wrong` } }), {
    code: 'ENGINE_REFUSED',
    message: /answered 404 \(check url.*or name the models with -O models=a,b$/u,
  });
  const nobody = `http://127.0.0.1:${await findFreePort()}/v1`;
  await assert.rejects(createOpenAiEngine({ options: { url: nobody } }), {
    code: 'ENGINE_UNAVAILABLE',
    message: /see that the server runs and that url is right, or name the models with -O models=a,b$/u,
  });
});

test('a server that never answers for its models is given up, whether it is silent or drips', async (t) => {
  for (const answer of [
    () => undefined,
    (response: ServerResponse) => void response.writeHead(200).write('{'),
  ]) {
    const asked = Promise.withResolvers<void>();
    const server = createServer((_request, response) => {
      answer(response);
      asked.resolve();
    }).listen(0, '127.0.0.1');
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const clock = new WatchedClock();
    const url = `http://127.0.0.1:${address.port}/v1`;
    const waits = { connect_timeout_ms: 600_000, first_byte_timeout_ms: 600_000, gap_timeout_ms: 600_000 };
    const opened = assert.rejects(createOpenAiEngine({ options: { url, ...waits }, clock }), {
      code: 'ENGINE_TIMEOUT',
      message: `http://127.0.0.1:${address.port} did not answer /models within 10 s; check url, or name the models with -O models=a,b`,
    });
    await asked.promise;
    clock.advance(10_000);
    await opened;
  }
});

test('the key comes from a file and is in no message', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-key-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'key');
  writeFileSync(file, 'secret-1\n');
  const { server, model } = await open(t, { status: 401 }, { api_key_file: file });
  await assert.rejects(model.synthesize(request(), collectingSink()), (error: Error) => {
    assert.match(error.message, /401: planned 401 \(check api_key/);
    assert.doesNotMatch(`${error.message}${error.stack}`, /secret-1/);
    return true;
  });
  assert.equal(server.requests[0]?.headers.authorization, 'Bearer secret-1');

  writeFileSync(file, 'secret\nof two lines');
  await assert.rejects(open(t, {}, { api_key_file: file }), (error: Error) => {
    assert.match(error.message, /one line/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
  await assert.rejects(open(t, {}, { api_key_file: join(folder, 'none') }), {
    code: 'BAD_OPTIONS',
    message: /ENOENT/,
  });
});

test('wrong options are told all at once', async () => {
  await assert.rejects(createOpenAiEngine({ options: { url: 'ftp://x', retries: 99, foo: 1 } }), {
    code: 'BAD_OPTIONS',
    message: /url: .*retries.*foo/,
  });
});

test('over gRPC each failure has its status and an unknown voice refuses the session', async (t) => {
  const failures: [SpeechPlan, status][] = [
    [{ status: 400 }, status.INVALID_ARGUMENT],
    [{ status: 401 }, status.FAILED_PRECONDITION],
    [{ status: 429 }, status.RESOURCE_EXHAUSTED],
    [{ status: 503 }, status.UNAVAILABLE],
    [{ fault: 'never_answers' }, status.DEADLINE_EXCEEDED],
    [{ status: 418 }, status.INTERNAL],
    [{ pieces: [samples(4800)] }, status.OK],
  ];
  const server: OpenAiSpeechServer = await startOpenAiSpeechServer({
    speech: failures.map(([plan]) => plan),
  });
  t.after(() => server.close());
  const options = { url: server.url, models: 'm', voices: 'nova', retries: 0, first_byte_timeout_ms: 500 };
  const clock = new FakeClock();
  await using worker = await startTestWorker({ engine: await createOpenAiEngine({ options, clock }) });
  const { client } = worker;
  await client.start('s');
  for (const [index, [plan, code]] of failures.entries()) {
    if (code === status.OK) {
      assert.deepEqual(audioOf(await client.speak('s', 'Hello.')), samples(4800));
      continue;
    }
    const refused = assert.rejects(client.speak('s', 'Hello.'), { code }, `status ${code}`);
    await server.requested(index + 1);
    if (plan.fault === 'never_answers') clock.advance(500);
    await refused;
  }
  const refused = await client.start('t', '', { voice: 'alto' });
  assert.deepEqual(
    [refused.success, refused.message],
    [false, 'there is no voice "alto" here; there are nova'],
  );
});
