import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { type ChatPlan, type OpenAiServer, startOpenAiServer, silentLogger } from '@parley/testkit';
import { createSystemClock } from '../clock/system-clock.ts';
import type { Logger } from '../session/ports/logger.ts';
import { createLlmResponder, type LlmResponderOptions } from './llm-responder.ts';
import type { Responder, ResponseRequest } from './responder.ts';
import { responseRequest } from './testing/request.ts';

const KEY = 'sk-very-secret';
/** How long is waited for what never comes; what does come has to be there sooner, also on a busy machine. */
const IN_VAIN_MS = 1000;
let server: OpenAiServer;
let logged: string;

afterEach(async () => {
  await server.close();
  assert.ok(!logged.includes(KEY), 'the key must never be logged');
});

async function start(
  plans: ChatPlan | readonly ChatPlan[],
  options: Partial<LlmResponderOptions> = {},
): Promise<Responder> {
  server = await startOpenAiServer({ chat: plans });
  logged = '';
  const log = (fields: object, message: string): void => {
    logged += `${JSON.stringify(fields)} ${message}\n`;
  };
  const logger: Logger = { ...silentLogger, debug: log, info: log, warn: log, error: log };
  const clock = createSystemClock();
  return createLlmResponder({ url: server.url, model: 'm', apiKey: KEY, clock, logger, ...options });
}

async function ask(responder: Responder, changes: Partial<ResponseRequest> = {}): Promise<readonly string[]> {
  const tokens: string[] = [];
  for await (const token of responder.respond(responseRequest(changes))) tokens.push(token);
  return tokens;
}

test('tokens come as the model says them, wherever the network cuts the stream', async () => {
  const tokens = ['Grüß', ' dich,', ' 世界', '! 👋', '\n"\\'];
  for (const writeBytes of [undefined, 1, 7]) {
    const responder = await start({ tokens, ...(writeBytes !== undefined && { writeBytes }) });
    assert.deepEqual(await ask(responder), tokens);
    await server.close();
  }
});

test('the model gets the conversation, and the settings of the server and the session', async () => {
  const options = { instructions: 'Be brief.', historyLimit: 1, maxTokens: 50, temperature: 0.3 };
  const responder = await start({}, options);
  const history = [
    { role: 'user', text: 'Hi.' },
    { role: 'assistant', text: 'Good day.' },
    { role: 'user', text: 'hello' },
  ] as const;
  await ask(responder, { history });
  const [request] = server.requests;
  assert.equal(request?.headers.authorization, `Bearer ${KEY}`);
  assert.deepEqual(request?.body, {
    model: 'm',
    stream: true,
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'assistant', content: 'Good day.' },
      { role: 'user', content: 'hello' },
    ],
    max_tokens: 50,
    temperature: 0.3,
  });
  const settings = {
    language: 'en',
    responder: { mode: 'llm', instructions: 'Rhyme.' },
    metadata: {},
  } as const;
  await ask(responder, { settings });
  assert.deepEqual(server.requests[1]?.body['messages'], [
    { role: 'system', content: 'Rhyme.' },
    { role: 'user', content: 'hello' },
  ]);
});

test('a stream whose last event is left out is whole when the model has finished', async () => {
  const responder = await start({ tokens: ['All.'], withoutDone: true });
  assert.deepEqual(await ask(responder), ['All.']);
});

test('a model that says nothing gives nothing', async () => {
  assert.deepEqual(await ask(await start({ tokens: [] })), []);
});

const failures: readonly (readonly [string, ChatPlan, RegExp])[] = [
  ['refuses', { status: 500 }, /answered 500: planned 500/],
  ['limits the rate', { status: 429, retryAfterSeconds: 0 }, /answered 429/],
  ['cuts the connection', { fault: 'dies' }, /connection to 127\.0\.0\.1:\d+ failed/],
  ['answers nonsense', { fault: 'nonsense' }, /no JSON/],
  ['tells of an error', { fault: 'error_in_stream', faultAfter: 1 }, /failed: planned error/],
  ['never answers', { fault: 'never_answers' }, /first token did not come within 1000 ms/],
  ['streams nothing', { fault: 'stalls', faultAfter: 1 }, /first token did not come within 1000 ms/],
];
for (const [what, plan, reason] of failures) {
  test(`a server that ${what} before the first token is asked again, and then failed with the reason`, async () => {
    const responder = await start([plan, { tokens: ['Fine.'] }], { firstTokenTimeoutMs: IN_VAIN_MS });
    assert.deepEqual(await ask(responder), ['Fine.']);
    assert.match(logged, reason);
    await server.close();
    const hopeless = await start(plan, { firstTokenTimeoutMs: IN_VAIN_MS, retries: 1 });
    await assert.rejects(ask(hopeless), { name: 'ResponderError', message: reason });
    assert.equal(server.requests.length, 2);
  });
}

const breaks: readonly (readonly [string, ChatPlan, string])[] = [
  ['dies', { fault: 'dies' }, 'FAILED'],
  ['tells of an error', { fault: 'error_in_stream' }, 'FAILED'],
  ['stalls', { fault: 'stalls' }, 'TIMED_OUT'],
  ['sends nonsense', { fault: 'nonsense' }, 'FAILED'],
];
for (const [what, plan, code] of breaks) {
  test(`a server that ${what} in the middle of the answer is not asked again: it would repeat itself`, async () => {
    // The first event holds the role only.
    const responder = await start(
      { ...plan, tokens: ['One', ' two'], faultAfter: 2 },
      { tokenGapTimeoutMs: IN_VAIN_MS },
    );
    const tokens: string[] = [];
    await assert.rejects(
      async () => {
        for await (const token of responder.respond(responseRequest())) tokens.push(token);
      },
      { name: 'ResponderError', code },
    );
    assert.deepEqual(tokens, ['One']);
    assert.equal(server.requests.length, 1);
  });
}

test('a refused key is not tried again', async () => {
  const responder = await start({ status: 401 });
  await assert.rejects(ask(responder), { code: 'FAILED', message: /answered 401/ });
  assert.equal(server.requests.length, 1);
});

test('an abort ends the answer and the HTTP stream of a model that talks for ever', async () => {
  const responder = await start({ tokens: ['bla '], endless: true, tokenGapMs: 5 });
  const controller = new AbortController();
  const tokens: string[] = [];
  for await (const token of responder.respond(responseRequest({ signal: controller.signal }))) {
    tokens.push(token);
    if (tokens.length === 3) controller.abort();
  }
  assert.equal(tokens.length, 3);
  assert.equal(await (await server.requested(1)).leftEarly, true);
});

test('an abort before the first token ends the request without a failure', async () => {
  const responder = await start({ fault: 'never_answers' });
  const controller = new AbortController();
  const asked = ask(responder, { signal: controller.signal });
  const request = await server.requested(1);
  controller.abort();
  assert.deepEqual(await asked, []);
  assert.equal(await request.leftEarly, true);
});

test('who stops reading ends the HTTP stream', async () => {
  const responder = await start({ tokens: ['bla '], endless: true, tokenGapMs: 5 });
  for await (const token of responder.respond(responseRequest())) {
    assert.equal(token, 'bla ');
    break;
  }
  assert.equal(await (await server.requested(1)).leftEarly, true);
});
