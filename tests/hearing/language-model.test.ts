import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { after, describe, test } from 'node:test';
import { type ChatPlan, type OpenAiServer, type ServerProcess, startOpenAiServer } from '@parley/testkit';
import { Caller } from './support/caller.ts';
import { startHearingServer } from './support/hearing-server.ts';
import { said } from './support/said.ts';

/** 20 tokens a second. */
const TOKEN_GAP_MS = 50;
const FIRST_SENTENCE = ['Here ', 'is ', 'the ', 'first ', 'sentence. '];
const MORE = Array.from({ length: 20 }, (_, index) => `More of it, number ${index + 1}. `);

describe('a language model that streams 20 tokens a second', () => {
  const opened: { llm: OpenAiServer; server: ServerProcess }[] = [];
  after(async () => {
    for (const { llm, server } of opened) {
      await server.stop();
      await llm.close();
    }
  });

  async function open(chat: ChatPlan): Promise<{ llm: OpenAiServer; server: ServerProcess }> {
    const llm = await startOpenAiServer({ chat: { tokenGapMs: TOKEN_GAP_MS, ...chat } });
    const responder = { mode: 'llm', llm: { url: llm.url, model: 'stub' } };
    const pair = { llm, server: await startHearingServer({ msPerCharacter: 40, responder }) };
    opened.push(pair);
    return pair;
  }

  test('is heard from its first sentence on, long before it has written its last', async (t) => {
    const { llm, server } = await open({ tokens: [...FIRST_SENTENCE, ...MORE], endless: true });
    await using caller = await Caller.connect(server.wsUrl);
    let writtenAtFirstAudio: number | undefined;
    const stop = caller.session.on('audio', () => {
      writtenAtFirstAudio ??= llm.requests[0]?.progress.pieces;
    });
    await caller.says(said('what is the weather today'));
    await caller.until('the answer', () => caller.begun === 1 && writtenAtFirstAudio !== undefined);
    stop();
    const written = writtenAtFirstAudio ?? 0;
    t.diagnostic(`first audio with ${written} tokens written, which never end`);
    assert.ok(written >= FIRST_SENTENCE.length, `${written} tokens`);
    caller.session.stop();
    assert.equal(await (await llm.requested(1)).leftEarly, true);
    assert.deepEqual(caller.errors, []);
  });

  test('stops being read at a barge-in, and is told what was heard of it in the next turn', async (t) => {
    const tokens = [...FIRST_SENTENCE, ...MORE];
    const { llm, server } = await open({ tokens, endless: true });
    await using caller = await Caller.connect(server.wsUrl);
    let clearedAtMs = 0;
    caller.session.on('cleared', () => {
      if (clearedAtMs === 0) clearedAtMs = performance.now();
    });
    await caller.says(said('what is the weather today'));
    const request = await llm.requested(1);
    const left = request.leftEarly.then((isEarly) => ({ isEarly, atMs: performance.now() }));
    await caller.until('some of the answer', () => caller.heardMs > 1500);
    await caller.says(said('good morning how are you'));
    const { isEarly, atMs } = await left;
    await caller.until('the second question', () => caller.finals.length === 2);

    assert.equal(isEarly, true);
    assert.equal(caller.clears, 1);
    // It has no end of its own, so that only an abort can end it; the milliseconds are the machine's.
    t.diagnostic(`from clear to the end of the HTTP stream: ${(atMs - clearedAtMs).toFixed(1)} ms`);

    const second = await llm.requested(2);
    await caller.until('how the first answer ended', () => caller.endings.length > 0);
    const [cut] = caller.endings;
    assert.equal(cut?.reason, 'interrupted');
    assert.ok(cut.heard_text.startsWith('Here is the first sentence.'), cut.heard_text);
    assert.deepEqual(second.body['messages'], [
      { role: 'user', content: 'what is the weather today' },
      { role: 'assistant', content: cut.heard_text },
      { role: 'user', content: 'good morning how are you' },
    ]);
    const written = tokens.join('').repeat(10);
    assert.ok(written.startsWith(cut.heard_text), cut.heard_text);
    assert.deepEqual(caller.errors, []);
  });

  test('goes on when the user says a word in passing', async () => {
    // Written for 12 s: far longer than it takes to say a word and have it recognized.
    const tokens = [...FIRST_SENTENCE, ...Array.from({ length: 12 }, () => MORE).flat()];
    const { llm, server } = await open({ tokens });
    await using caller = await Caller.connect(server.wsUrl, { vad: { min_interruption_ms: 3000 } });
    await caller.says(said('what is the weather today'));
    await caller.until('some of the answer', () => caller.heardMs > 500);
    const [request] = llm.requests;
    await caller.says(said('hello'));
    await caller.until('the second transcript', () => caller.finals.length === 2);
    assert.ok((request?.progress.pieces ?? 0) < tokens.length, 'it is still being written');
    assert.equal(caller.finals[1]?.text, 'hello');
    assert.equal(await request?.leftEarly, false);
    assert.equal(llm.requests.length, 1);
    assert.deepEqual([caller.holds, caller.clears], [1, 0]);
    assert.deepEqual([caller.endings, caller.errors], [[], []]);
  });

  test('is left when it has no end, and the client is told', async () => {
    const { llm, server } = await open({ tokens: MORE, endless: true, tokenGapMs: 0 });
    await using caller = await Caller.connect(server.wsUrl);
    await caller.says(said('what is the weather today'));
    await caller.until('an error', () => caller.errors.length > 0);
    assert.equal(await (await llm.requested(1)).leftEarly, true);
    assert.deepEqual(caller.errors, ['RESPONDER_FAILED: The answer could not be finished']);
    await caller.until('what there is of it', () => caller.begun === 1);
  });
});
