import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { NASTY_TEXTS, type ServerProcess, startServer, WireClient } from '@parley/testkit';
import * as fc from 'fast-check';
import { assertSpoken, FRAME_PER_CHARACTER, toneWorker } from './support/counted-speech.ts';
import { countSessions, untilSessions } from './support/http.ts';

const LAST = 'Still alive.';

/** One thing a client does, and what it has coming. */
type Step =
  | { readonly kind: 'valid'; readonly message: object }
  | { readonly kind: 'faulty'; readonly message: string | Buffer }
  | { readonly kind: 'microphone' | 'wrong_size'; readonly message: Buffer }
  | { readonly kind: 'settle' };

const texts = fc.oneof(
  fc.string({ minLength: 1, maxLength: 30, unit: 'binary' }),
  fc.constantFrom('Hello. ', 'Two sentences. Here they are.', ' ', '...', '😀', 'e.g. this', '\ud800'),
);
const valid = fc
  .oneof(
    { weight: 3, arbitrary: texts.map((text) => ({ type: 'text', text })) },
    {
      weight: 3,
      arbitrary: fc.tuple(texts, fc.boolean()).map(([text, is_final]) => ({ type: 'text', text, is_final })),
    },
    {
      weight: 4,
      arbitrary: fc
        .constantFrom('PAUSE', 'RESUME', 'STOP')
        .map((command) => ({ type: 'control', command, extra: [1] })),
    },
    { weight: 1, arbitrary: fc.constant({ type: 'subscribe', events: ['state', 'utterance_end'] }) },
    { weight: 1, arbitrary: fc.constant({ type: 'subscribe', events: [] }) },
  )
  .map((message): Step => ({ kind: 'valid', message }));

const KNOWN = new Set(['text', 'control', 'audio_in', 'subscribe']);
const COMMANDS: ReadonlySet<unknown> = new Set(['PAUSE', 'RESUME', 'STOP']);
const faulty = fc
  .oneof<fc.Arbitrary<string | Buffer>[]>(
    // No JSON, or no object, or none with a type that is known.
    fc.string().filter((text) => !text.includes('{')),
    fc.json().filter((json) => !/"type"\s*:/u.test(json)),
    fc
      .string({ unit: 'binary' })
      .filter((type) => !KNOWN.has(type))
      .map((type) => JSON.stringify({ type, text: 'x' })),
    fc.constantFrom('', '{', 'null', '[]', '{"type":"text"', '{"type":["text"],"text":"x"}', '\u0000'),
    // Fields that are missing, mistyped, or out of bounds.
    fc
      .jsonValue()
      .filter((text) => typeof text !== 'string' || text === '')
      .map((text) => JSON.stringify({ type: 'text', text })),
    fc
      .jsonValue()
      .filter((final) => typeof final !== 'boolean')
      .map((is_final) => JSON.stringify({ type: 'text', text: 'x', is_final })),
    fc
      .jsonValue()
      .filter((command) => !COMMANDS.has(command))
      .map((command) => JSON.stringify({ type: 'control', command })),
    fc
      .constantFrom('x'.repeat(10_001), '😀'.repeat(10_001), '\n'.repeat(50_000))
      .map((text) => JSON.stringify({ type: 'text', text })),
    fc.constantFrom('', '!', 'AAAA', 'AA==', 'AAA').map((pcm) => JSON.stringify({ type: 'audio_in', pcm })),
    fc
      .constantFrom('state', ['audio'], [1], {})
      .map((events) => JSON.stringify({ type: 'subscribe', events })),
    // What only the server says, and what only parley.v1 has.
    fc
      .constantFrom('audio', 'session_start', 'session_end', 'error', 'session_update', 'ping', 'end_session')
      .map((type) => JSON.stringify({ type })),
    fc.constantFrom(
      '{"__proto__":{"type":"text","text":"x"}}',
      '{"type":"text","type":"__proto__"}',
      '['.repeat(50_000),
      `{"type":"text","text":${'['.repeat(20_000)}`,
    ),
    // Text frames that are not UTF-8.
    fc
      .uint8Array({ maxLength: 20 })
      .map((bytes) =>
        Buffer.concat([Buffer.from('{"type":"text","text":"'), bytes, Buffer.from([0xff, 0x22, 0x7d])]),
      ),
  )
  .map((message): Step => ({ kind: 'faulty', message }));

/** Silence from a microphone, which says nothing to anybody. */
const microphone = fc
  .integer({ min: 1, max: 400 })
  .map((samples): Step => ({ kind: 'microphone', message: Buffer.alloc(samples * 2) }));
/** Half a sample at the end cannot be. */
const halfSample = fc
  .integer({ min: 0, max: 400 })
  .map((samples): Step => ({ kind: 'wrong_size', message: Buffer.alloc(samples * 2 + 1) }));
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: valid },
    { weight: 3, arbitrary: faulty },
    { weight: 1, arbitrary: microphone },
    { weight: 1, arbitrary: halfSample },
    { weight: 1, arbitrary: fc.constant<Step>({ kind: 'settle' }) },
  ),
  { maxLength: 25 },
);

async function perform(client: WireClient, step: Step): Promise<void> {
  switch (step.kind) {
    case 'valid':
      client.send(step.message);
      return;
    case 'faulty':
      client.socket.send(step.message, { binary: false });
      return;
    case 'microphone':
    case 'wrong_size':
      client.socket.send(step.message, { binary: true });
      return;
    case 'settle':
      await client.settled();
      return;
    default:
      step satisfies never;
  }
}

function count(client: WireClient, code: string): number {
  return client.errorCodes.filter((found) => found === code).length;
}

/** Stops whatever goes on and makes sure that the session speaks. */
async function assertStillSpeaks(client: WireClient): Promise<void> {
  client.control('STOP');
  await client.settled();
  const from = client.frameCount;
  client.say(LAST);
  await client.frames(from + LAST.length);
  assertSpoken(client.samples(from), LAST);
}

describe('messages as no good client sends them', () => {
  let server: ServerProcess;
  before(async () => {
    server = await startServer({ config: FRAME_PER_CHARACTER });
  });
  after(() => server.stop());

  test('in any order, each faulty one gets its error, and the session goes on to speak', async () => {
    const property = fc.asyncProperty(steps, async (sequence) => {
      await using client = await WireClient.connect(server.wsUrl);
      const faults = sequence.filter(({ kind }) => kind === 'faulty' || kind === 'wrong_size').length;
      fc.pre(faults < 20);
      for (const step of sequence) await perform(client, step);
      await client.settled();
      assert.deepEqual(
        client.errorCodes,
        Array.from({ length: faults }, () => 'INVALID_MESSAGE'),
      );
      await assertStillSpeaks(client);
    });
    await fc.assert(property, { numRuns: 40, interruptAfterTimeLimit: 60_000 });
    await untilSessions(server.url, 0);
  });

  const invalid = JSON.parse(
    readFileSync(
      new URL(
        '../../packages/protocol/src/base-dialect/fixtures/invalid-client-messages.json',
        import.meta.url,
      ),
      'utf8',
    ),
  ) as { wire: string; problem: string }[];

  test('the error names the field and what was expected', async () => {
    for (let from = 0; from < invalid.length; from += 15) {
      await using client = await WireClient.connect(server.wsUrl);
      const batch = invalid.slice(from, from + 15);
      for (const { wire } of batch) client.send(wire);
      await client.settled();
      const errors = client.messages.filter(({ type }) => type === 'error');
      for (const [index, { problem }] of batch.entries()) {
        assert.ok(
          String(errors[index]?.['message']).includes(problem),
          `${problem} in ${JSON.stringify(errors[index])}`,
        );
      }
      await assertStillSpeaks(client);
    }
  });

  test('the twentieth faulty one within ten seconds ends the session with 1008, in the middle of speech', async () => {
    const client = await WireClient.connect(server.wsUrl);
    client.say('This is being spoken meanwhile, and is cut.');
    await client.frames(3);
    for (let fault = 1; fault < 20; fault += 1) client.send('?');
    await client.settled();
    assert.equal(count(client, 'INVALID_MESSAGE'), 19);
    client.send('?');
    assert.equal((await client.closed).code, 1008);
    assert.equal(count(client, 'INVALID_MESSAGE'), 20);
    assert.equal((await client.message('session_end'))['reason'], 'error');
  });

  test('half a sample of microphone audio counts as faulty too: the twentieth ends the session', async () => {
    const client = await WireClient.connect(server.wsUrl);
    for (let fault = 0; fault < 100; fault += 1) client.socket.send(Buffer.alloc(1), { binary: true });
    assert.equal((await client.closed).code, 1008);
    assert.equal(count(client, 'INVALID_MESSAGE'), 20);
  });

  test('more messages than a second may have are refused, and a stop is still obeyed', async () => {
    await using limited = await startServer({
      config: FRAME_PER_CHARACTER,
      args: ['--set', 'transport.websocket.max_messages_per_second=5'],
    });
    await using client = await WireClient.connect(limited.wsUrl);
    for (let sent = 0; sent < 15; sent += 1) client.say('Some text to speak. ');
    client.control('STOP');
    await client.settled();
    const refused = count(client, 'RATE_LIMITED');
    assert.ok(refused >= 1 && refused <= 5, `${refused} were refused`);
    const { frameCount } = client;
    await client.settled();
    assert.equal(client.frameCount, frameCount);
  });

  test('more text than may wait is refused with what to do, and what was taken is spoken whole', async () => {
    await using narrow = await startServer({
      config: FRAME_PER_CHARACTER,
      args: ['--set', 'session.max_queued_characters=60', '--set', 'session.max_queued_utterances=3'],
    });
    await using client = await WireClient.connect(narrow.wsUrl);
    const taken = ['First text.', 'Second text.', 'Third text.'];
    for (const text of [...taken, 'Fourth text.']) client.say(text);
    await client.settled();
    assert.deepEqual(client.errorCodes, ['RATE_LIMITED']);
    await client.frames(taken.join('').length);
    assertSpoken(client.samples(), ...taken);
    client.control('STOP');
    client.say('x'.repeat(61));
    await client.settled();
    assert.deepEqual(client.errorCodes, ['RATE_LIMITED', 'RATE_LIMITED']);
    await assertStillSpeaks(client);
  });
});

for (const [engine, config] of [
  // One frame for each segment, so that even the longest text ends soon.
  ['tone', toneWorker({ duration_ms: 20 })],
  ['espeak', ''],
] as const) {
  describe(`nasty texts, spoken by ${engine}`, () => {
    let server: ServerProcess;
    before(async () => {
      server = await startServer({
        engine,
        config,
        args: ['--set', 'transport.websocket.max_messages_per_second=0'],
      });
    });
    after(() => server.stop());

    for (const { name, text, isSpeakable } of NASTY_TEXTS) {
      test(`${name}: ${isSpeakable ? 'gets its audio' : 'is silence'}, and the session works afterwards`, async () => {
        await using client = await WireClient.connect(server.wsUrl);
        client.send({ type: 'subscribe', events: ['utterance_end'] });
        client.say(text);
        if (isSpeakable) {
          // To its end it may take minutes.
          await client.frames(1);
          client.control('STOP');
        }
        const { reason } = await client.message('utterance_end');
        if (!isSpeakable) assert.equal(reason, 'completed');
        await client.settled();
        const { frameCount } = client;
        if (!isSpeakable) assert.equal(frameCount, 0);
        client.say(LAST);
        await client.frames(frameCount + 1);
        assert.deepEqual(client.errorCodes, []);
      });
    }

    test('the same texts in pieces of one character, as tokens, and all in one session', async () => {
      await using client = await WireClient.connect(server.wsUrl);
      client.send({ type: 'subscribe', events: ['utterance_end'] });
      const short = NASTY_TEXTS.filter(({ text }) => text.length < 60);
      for (const [index, { text }] of short.entries()) {
        for (const piece of text) client.say(piece, false);
        client.say(' ', true);
        await client.settled();
        client.control('STOP');
        await client.message('utterance_end', index + 1);
        assert.equal(count(client, 'INVALID_MESSAGE'), 0);
      }
      assert.equal(await countSessions(server.url), 1);
    });
  });
}
