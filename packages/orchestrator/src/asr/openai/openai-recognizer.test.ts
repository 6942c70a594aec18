import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { parseWav } from '@parley/audio';
import {
  FakeClock,
  startOpenAiServer,
  type OpenAiServer,
  type TranscriptionPlan,
  silentLogger,
} from '@parley/testkit';
import { createSystemClock } from '../../clock/system-clock.ts';
import type { Logger } from '../../session/ports/logger.ts';
import type { Recognition, Recognizer } from '../recognizer.ts';
import { createOpenAiRecognizer, type OpenAiRecognizerOptions } from './openai-recognizer.ts';

const clock = createSystemClock();
const KEY = 'sk-very-secret';
const samples = Int16Array.from({ length: 4000 }, (_, index) => index);
let server: OpenAiServer;
let logged: string;

afterEach(async () => {
  await server.close();
  assert.ok(!logged.includes(KEY), 'the key must never be logged');
});

async function start(
  plans: TranscriptionPlan | readonly TranscriptionPlan[],
  options: Partial<OpenAiRecognizerOptions> = {},
): Promise<Recognizer> {
  server = await startOpenAiServer({ transcriptions: plans });
  logged = '';
  const log = (fields: object, message: string): void => {
    logged += `${JSON.stringify(fields)} ${message}\n`;
  };
  const logger: Logger = { ...silentLogger, debug: log, info: log, warn: log, error: log };
  return createOpenAiRecognizer({ url: server.url, model: 'm', apiKey: KEY, clock, logger, ...options });
}

function ask(
  recognizer: Recognizer,
  options: { language?: string; signal?: AbortSignal; onText?: (text: string) => void } = {},
): Promise<Recognition> {
  return recognizer.recognize({
    samples,
    language: 'auto',
    signal: new AbortController().signal,
    ...options,
  });
}

async function failureOf(recognition: Promise<Recognition>): Promise<Error & { code?: string }> {
  try {
    await recognition;
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.ok(!`${error.message} ${error.stack}`.includes(KEY));
    return error;
  }
  return assert.fail('it must fail');
}

test('the audio goes out as a WAV, with model, key and language', async () => {
  const recognizer = await start({ text: ' hello there ', language: 'english' }, { prompt: 'Parley' });
  assert.deepEqual(await ask(recognizer, { language: 'en-GB' }), {
    text: 'hello there',
    language: 'english',
  });
  const [request] = server.requests;
  assert.equal(request?.headers.authorization, `Bearer ${KEY}`);
  assert.deepEqual(request?.body, {
    model: 'm',
    response_format: 'json',
    language: 'en',
    prompt: 'Parley',
    stream: 'true',
  });
  const { sampleRateHz, channels, pcm } = parseWav(request?.file ?? new Uint8Array());
  assert.deepEqual([sampleRateHz, channels], [16_000, 1]);
  assert.deepEqual(new Int16Array(pcm.slice().buffer), samples);
});

test('no key and no language are sent where there are none, and the whole address may be given', async () => {
  server = await startOpenAiServer({ transcriptions: { text: 'yes' } });
  logged = '';
  const url = `${server.url}/audio/transcriptions`;
  const recognizer = createOpenAiRecognizer({ url, model: 'm', stream: false, clock, logger: silentLogger });
  assert.deepEqual(await ask(recognizer), { text: 'yes' });
  assert.equal(server.requests[0]?.headers.authorization, undefined);
  assert.deepEqual(server.requests[0]?.body, { model: 'm', response_format: 'json' });
});

test('a streamed answer is told while it comes', async () => {
  const recognizer = await start({ text: 'one two three', streams: true });
  const told: string[] = [];
  const { text } = await ask(recognizer, { onText: (soFar) => void told.push(soFar) });
  assert.equal(text, 'one two three');
  assert.deepEqual(told, ['one ', 'one two ', 'one two three']);
});

test('a server that refuses to stream is asked without, and remembered', async () => {
  const recognizer = await start({ text: 'fine', refusesStream: true });
  assert.equal((await ask(recognizer)).text, 'fine');
  assert.equal((await ask(recognizer)).text, 'fine');
  assert.deepEqual(
    server.requests.map(({ body }) => body['stream']),
    ['true', undefined, undefined],
  );
});

test('a request that is refused for another reason is asked for as a stream the next time', async () => {
  const recognizer = await start([{ status: 400 }, { status: 400 }, { text: 'fine', streams: true }]);
  assert.match((await failureOf(ask(recognizer))).message, /answered 400/);
  assert.equal((await ask(recognizer)).text, 'fine');
  assert.deepEqual(
    server.requests.map(({ body }) => body['stream']),
    ['true', undefined, 'true'],
  );
});

const passing: readonly (readonly [string, TranscriptionPlan])[] = [
  ['is overloaded', { status: 503, retryAfterSeconds: 0 }],
  ['limits the rate', { status: 429, retryAfterSeconds: 0 }],
  ['cuts the connection', { fault: 'dies' }],
  ['cuts the stream', { text: 'a b c', streams: true, fault: 'dies', faultAfter: 1 }],
  [
    'tells of an error in the stream',
    { text: 'a b', streams: true, fault: 'error_in_stream', faultAfter: 1 },
  ],
  ['answers nonsense', { fault: 'nonsense' }],
];
for (const [what, plan] of passing) {
  test(`a server that ${what} is asked again`, async () => {
    const recognizer = await start([plan, { text: 'at last' }]);
    assert.equal((await ask(recognizer)).text, 'at last');
    assert.equal(server.requests.length, 2);
    assert.match(logged, /once more/);
  });
}

test('retries end, and the failure says who failed and how', async () => {
  const recognizer = await start({ status: 500 }, { retries: 1 });
  const error = await failureOf(ask(recognizer));
  assert.equal(error.code, 'ENGINE_FAILED');
  assert.match(error.message, /127\.0\.0\.1:\d+ answered 500: planned 500/);
  assert.equal(server.requests.length, 2);
});

test('a refused key is not tried again', async () => {
  const recognizer = await start({ status: 401 });
  assert.match((await failureOf(ask(recognizer))).message, /answered 401/);
  assert.equal(server.requests.length, 1);
});

const late: readonly (readonly [string, TranscriptionPlan])[] = [
  ['that never answers', { fault: 'never_answers' }],
  ['whose stream stalls', { text: 'a b', streams: true, fault: 'stalls', faultAfter: 1 }],
  ['that sends a word now and then, for ever', { text: 'a b ', streams: true, endless: true, wordGapMs: 20 }],
  ['that asks to be asked later', { status: 503, retryAfterSeconds: 2 }],
];
for (const [what, plan] of late) {
  test(`a server ${what} is given up in time, which is one for all tries`, async () => {
    const stopped = new FakeClock();
    const recognizer = await start(plan, { timeoutMs: 150, retries: 5, clock: stopped });
    const asked = failureOf(ask(recognizer));
    await server.requested(1);
    stopped.advance(150);
    const error = await asked;
    assert.equal(error.code, 'TIMED_OUT');
    assert.match(error.message, /within 150 ms/);
    assert.equal(server.requests.length, 1);
  });
}

test('a request that is late already has the time that is left', async () => {
  const recognizer = await start({ fault: 'never_answers' });
  const signal = new AbortController().signal;
  const asked = recognizer.recognize({ samples, language: 'auto', signal, deadlineMs: clock.nowMs() + 50 });
  assert.equal((await failureOf(asked)).code, 'TIMED_OUT');
});

test('a transcript without end is cut off and not asked for again', async () => {
  const streamed = await start({ text: 'la la la ', streams: true, endless: true });
  const endless = await failureOf(ask(streamed));
  assert.equal(endless.code, 'ENGINE_FAILED');
  assert.match(endless.message, /more than 10000 characters/);
  assert.equal(await (await server.requested(1)).leftEarly, true);
  await server.close();
  for (const { length, why } of [
    { length: 10_001, why: /more than 10000 characters/ },
    { length: 2_000_000, why: /more than 1000000 bytes/ },
  ]) {
    const whole = await start({ text: 'a'.repeat(length) });
    assert.match((await failureOf(ask(whole))).message, why);
    assert.equal(server.requests.length, 1);
    await server.close();
  }
});

test('who gives up ends the request', async () => {
  const recognizer = await start({ fault: 'never_answers' });
  const controller = new AbortController();
  const asked = ask(recognizer, { signal: controller.signal });
  const request = await server.requested(1);
  controller.abort();
  assert.equal((await failureOf(asked)).code, 'CANCELLED');
  assert.equal(await request.leftEarly, true);
});

test('closing ends the requests', async () => {
  const recognizer = await start({ fault: 'never_answers' });
  const asked = ask(recognizer);
  await server.requested(1);
  await recognizer.close();
  assert.equal((await failureOf(asked)).code, 'CANCELLED');
});

test('a server that is not there is a failure with its address', async () => {
  const recognizer = await start({}, { retries: 0 });
  const { host } = new URL(server.url);
  await server.close();
  const { message } = await failureOf(ask(recognizer));
  assert.ok(message.includes(host), message);
});

test('an address that fetch refuses fails the turn and nothing else', async () => {
  const recognizer = await start({ text: 'never asked' }, { url: 'http://127.0.0.1:9/v1' });
  const failure = await failureOf(ask(recognizer));
  assert.equal(failure.code, 'ENGINE_FAILED');
  // What the runtime throws out of turn comes within the next rounds of the event loop.
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(server.requests.length, 0);
});
