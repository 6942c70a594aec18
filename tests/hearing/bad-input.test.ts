import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type OpenAiServer, type ServerProcess, startOpenAiServer } from '@parley/testkit';
import { V1Client } from '../duplex/support/v1-client.ts';
import { Caller } from './support/caller.ts';
import { readMetrics, startHearingServer } from './support/hearing-server.ts';
import { said, saidTogether } from './support/said.ts';

const RATE_HZ = 16_000;
const HELLO = said('hello');
const GREETING = said('good morning how are you');
/** Speech ends in it, and so does the turn. */
const SILENCE = new Int16Array(RATE_HZ);

/** Numbers from 0 to below 1 that are the same each time. */
function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function noise(ms: number, loudest: number): Int16Array {
  const random = randomNumbers();
  return Int16Array.from({ length: (ms * RATE_HZ) / 1000 }, () => (random() * 2 - 1) * loudest);
}

function click(): Int16Array {
  const samples = new Int16Array(RATE_HZ / 2);
  samples.fill(30_000, 4000, 4016);
  return samples;
}

const NO_WORDS: readonly (readonly [string, Int16Array])[] = [
  ['silence', SILENCE],
  ['noise', noise(1500, 8000)],
  ['a click', click()],
  ['10 ms of audio', HELLO.slice(4000, 4160)],
  ['no audio at all', new Int16Array()],
];

/** Ears that decide within the message that decides it, as audio is sent at once here. */
const AT_ONCE = { engine: 'webrtc', aggressiveness: 3 };

function finalsOf(client: V1Client): readonly string[] {
  return client.all('transcript').flatMap(({ text, is_final: isFinal }) => (isFinal ? [text] : []));
}

describe('a session that hears', () => {
  let server: ServerProcess;
  before(async () => {
    // Noise is a voice to these ears.
    server = await startHearingServer({
      asr: { max_turn_seconds: 2 },
      vad: AT_ONCE,
    });
  });
  after(() => server.stop());

  /** Makes sure that the session is as good as new: a word is understood and echoed. */
  async function assertHears(client: V1Client): Promise<void> {
    const endings = client.all('utterance_end').length;
    client.hear(HELLO);
    client.hear(SILENCE);
    const { heard_text: echo, reason } = await client.message('utterance_end', endings + 1);
    assert.deepEqual([echo, reason], ['hello', 'completed']);
    assert.equal(finalsOf(client).at(-1), 'hello');
    assert.deepEqual(client.all('error'), []);
  }

  for (const [what, samples] of NO_WORDS) {
    test(`${what} is not answered, and a word after it is`, async () => {
      await using client = await V1Client.connect(server.wsUrl);
      client.hear(samples);
      client.hear(SILENCE);
      await client.settled();
      await assertHears(client);
      assert.deepEqual(
        finalsOf(client).filter((text) => text !== ''),
        ['hello'],
      );
    });

    test(`${what} while it speaks does not keep it from saying all of it`, async () => {
      const text = 'A sentence of some length, so that there is time to talk over it.';
      await using client = await V1Client.connect(server.wsUrl);
      client.say(text, 'said');
      await client.framesReach(12);
      client.hear(samples);
      client.hear(SILENCE);
      const ended = (): string =>
        client
          .all('utterance_end')
          .map((end) => end.heard_text)
          .join(' ')
          .trim();
      // What was taken for an interruption and had no words is said to its end as another utterance.
      await client.until(() => ended().endsWith('talk over it.'), 'the end of the sentence');
      assert.equal(ended(), text);
      // Else it would show nothing: noise is to be taken for an interruption.
      if (what === 'noise') assert.equal(client.all('clear').length, 1);
      await assertHears(client);
    });
  }

  test('clipped speech is understood', async () => {
    await using client = await V1Client.connect(server.wsUrl);
    client.hear(HELLO.map((sample) => Math.max(-32_768, Math.min(32_767, sample * 12))));
    client.hear(SILENCE);
    await client.message('utterance_end');
    assert.deepEqual(finalsOf(client), ['hello']);
    await assertHears(client);
  });

  test('audio of a wrong rate does no harm once the right one is agreed on', async () => {
    await using client = await V1Client.connect(server.wsUrl);
    // 16 kHz that claims to be 8 kHz sounds like a slow and deep voice, and some word may be heard in it.
    const input = { encoding: 'pcm_s16le', sample_rate: 8000 } as const;
    client.send({ type: 'session_update', input, responder: { mode: 'none' } });
    await client.message('session_updated');
    client.hear(HELLO);
    client.hear(SILENCE);
    await client.until(() => finalsOf(client).length === 1, 'a transcript');
    const right = { ...input, sample_rate: RATE_HZ } as const;
    client.send({ type: 'session_update', input: right, responder: { mode: 'echo' } });
    await client.message('session_updated', 2);
    await assertHears(client);
    assert.equal(finalsOf(client).length, 2);
  });

  test('speech without a pause becomes turns of the longest length, all of it is heard, and the next word too', async () => {
    await using client = await V1Client.connect(server.wsUrl);
    client.send({ type: 'session_update', responder: { mode: 'none' } });
    const sentences = ['good morning how are you', 'turn on the kitchen light', 'what is the weather today'];
    client.hear(saidTogether(...sentences));
    client.hear(SILENCE);
    await client.message('speech_stopped');
    await client.until(() => finalsOf(client).length >= 3, 'three turns of two seconds');
    const heard = finalsOf(client).join(' ');
    for (const word of ['morning', 'kitchen', 'weather']) assert.ok(heard.includes(word), heard);
    client.send({ type: 'session_update', responder: { mode: 'echo' } });
    await client.message('session_updated', 2);
    await assertHears(client);
  });

  test('a transcript that arrives after the session closed is nobody’s, and others are served', async () => {
    const client = await V1Client.connect(server.wsUrl);
    client.hear(GREETING);
    client.hear(SILENCE);
    await client.message('speech_stopped');
    client.send({ type: 'end_session' });
    await client.message('session_end');
    await client.leave();
    await using other = await V1Client.connect(server.wsUrl);
    await assertHears(other);
    const metrics = await readMetrics(server);
    assert.equal(metrics.get('parley_asr_restarts_total'), 0);
    assert.equal(metrics.get('parley_asr_decodes_waiting'), 0);
  });
});

describe('a session whose recognition is a slow server', () => {
  test('ends the request for its transcript when it closes, and others are served', async () => {
    await using recognition = await startOpenAiServer({
      transcriptions: [{ fault: 'never_answers' }, { text: 'hello', language: 'de' }],
    });
    const openai = { url: recognition.url, model: 'any' };
    const server = await startHearingServer({
      asr: { adapter: 'openai', partials: false, openai },
      vad: AT_ONCE,
    });
    try {
      const client = await V1Client.connect(server.wsUrl);
      client.hear(HELLO);
      client.hear(SILENCE);
      const request = await recognition.requested(1);
      client.send({ type: 'end_session' });
      await client.message('session_end');
      assert.equal(await request.leftEarly, true, 'cancelled, not only ignored');
      await client.leave();
      await using other = await Caller.connect(server.wsUrl);
      await other.exchange(HELLO);
      assert.deepEqual(
        other.finals.map(({ text, language }) => [text, language]),
        [['hello', 'de']],
      );
    } finally {
      await server.stop();
    }
  });

  test('tells its client that partials are left out, once a turn, and still transcribes', async () => {
    await using recognition = await startOpenAiServer({
      transcriptions: [{ fault: 'never_answers' }, { text: 'hello' }],
    });
    const openai = { url: recognition.url, model: 'any', concurrency: 2 };
    const server = await startHearingServer({ asr: { adapter: 'openai', openai }, vad: AT_ONCE });
    try {
      await using first = await V1Client.connect(server.wsUrl);
      first.hear(GREETING);
      // Its partial takes the only place that partials may have.
      await recognition.requested(1);
      await using second = await V1Client.connect(server.wsUrl);
      second.hear(GREETING);
      second.hear(SILENCE);
      const warning = await second.message('warning');
      assert.equal(warning.type === 'warning' && warning.code, 'PARTIALS_SHED');
      await second.until(() => finalsOf(second).length === 1, 'the transcript');
      assert.equal(second.all('warning').length, 1);
    } finally {
      await server.stop();
    }
  });
});

describe('a session whose language model misbehaves', () => {
  let llm: OpenAiServer;
  let server: ServerProcess;
  before(async () => {
    llm = await startOpenAiServer({
      chat: [
        { tokens: [] },
        { tokens: ['Half an ', 'answer ', 'lost'], tokenGapMs: 50, fault: 'dies', faultAfter: 3 },
        { status: 401 },
        { fault: 'stalls' },
        { tokens: ['I am well.'] },
        { tokens: ['Too late.'], delayMs: 1500 },
        { tokens: ['For you.'] },
      ],
    });
    server = await startHearingServer({
      responder: {
        mode: 'llm',
        apology: 'Sorry.',
        llm: { url: llm.url, model: 'stub', retries: 0, first_token_timeout_ms: 2000 },
      },
    });
  });
  after(async () => {
    await server.stop();
    await llm.close();
  });

  test('says so and apologizes when it answers nothing, dies or never begins, and answers the next turn', async () => {
    await using caller = await Caller.connect(server.wsUrl);
    const spoken: string[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const { transcript, heard } = await caller.exchange(HELLO);
      assert.equal(transcript, 'hello');
      spoken.push(heard.heard_text);
    }
    assert.deepEqual(spoken, ['Sorry.', 'Half an answer', 'Sorry.', 'Sorry.', 'I am well.']);
    assert.deepEqual(
      caller.errors.map((error) => error.split(':')[0]),
      ['RESPONDER_FAILED', 'RESPONDER_FAILED', 'RESPONDER_FAILED', 'RESPONDER_FAILED'],
    );

    // Speech that starts before the first frame of an answer and ends after its last would have been.
    await caller.says(HELLO, 600);
    await caller.until('the sixth turn', () => caller.finals.length === 6);
    await caller.says(saidTogether('good morning how are you', 'what is the weather today'), 600);
    await caller.until('an answer', () => caller.endings.some(({ heard_text: text }) => text === 'For you.'));
    assert.equal(caller.finals.at(-1)?.text, 'good morning how are you what is the weather today');
    assert.ok(!caller.endings.some(({ heard_text: text }) => text.includes('late')));
    await caller.until('silence', () => caller.session.state === 'LISTENING');
  });
});
