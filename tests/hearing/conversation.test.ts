import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type OpenAiServer, type ServerProcess, startOpenAiServer } from '@parley/testkit';
import { countedSample } from '@parley/worker';
import { Caller } from './support/caller.ts';
import { readMetrics, startHearingServer } from './support/hearing-server.ts';
import { said, saidTogether } from './support/said.ts';

/** As fast as people speak, so that what was heard is known to the word though the engine tells no times of words. */
const MS_PER_CHARACTER = 64;
/** Two recordings said in one breath: an echo that is long enough to be interrupted. */
const GREETING = 'good morning how are you turn on the kitchen light';
const greeting = saidTogether('good morning how are you', 'turn on the kitchen light');
const QUESTION = 'what is the weather today';

let llm: OpenAiServer;
let server: ServerProcess;

describe('a conversation with the echo', { concurrency: true }, () => {
  before(async () => {
    llm = await startOpenAiServer({ chat: { tokens: ['Yes.'] } });
    server = await startHearingServer({
      msPerCharacter: MS_PER_CHARACTER,
      responder: { mode: 'echo', llm: { url: llm.url, model: 'stub' } },
    });
  });
  test('is heard, answered, interrupted and answered again, and its history is what was heard', async () => {
    await using caller = await Caller.connect(server.wsUrl);
    await caller.says(greeting, 600);
    await caller.until('the echo', () => caller.begun === 1);
    assert.deepEqual(
      caller.finals.map(({ text }) => text),
      [GREETING],
    );

    // Another recording talks over the echo, once two words of it were heard.
    await caller.until('some of the echo', () => caller.heardMs >= 13 * MS_PER_CHARACTER);
    await caller.says(said(QUESTION));
    await caller.until('the end of both answers', () => caller.endings.length === 2);
    assert.deepEqual(
      caller.finals.map(({ text }) => text),
      [GREETING, QUESTION],
    );
    const [cut, whole] = caller.endings;
    assert.equal(cut?.reason, 'interrupted');
    assert.ok(
      GREETING.startsWith(cut.heard_text) && cut.heard_text.startsWith('good morning'),
      cut.heard_text,
    );
    assert.ok(cut.heard_text.length < GREETING.length, cut.heard_text);
    assert.equal(whole?.reason, 'completed');
    assert.equal(whole.heard_text, QUESTION);
    assert.deepEqual([caller.holds, caller.clears], [1, 1]);
    // Every sample of the second answer, and none of the first one after it.
    const answer = caller.samplesOf(1);
    assert.equal(answer.length, QUESTION.length * MS_PER_CHARACTER * 48);
    for (const [index, sample] of answer.entries()) {
      if (sample !== countedSample(QUESTION, index))
        assert.fail(`sample ${index} of the answer is ${sample}`);
    }

    // A language model that takes over is told what there was: from outside this is the history.
    await caller.session.update({ responder: { mode: 'llm' } });
    await caller.exchange(said('stop'));
    const { body } = await llm.requested(1);
    assert.deepEqual(body['messages'], [
      { role: 'user', content: GREETING },
      { role: 'assistant', content: cut.heard_text },
      { role: 'user', content: QUESTION },
      { role: 'assistant', content: QUESTION },
      { role: 'user', content: 'stop' },
    ]);
    assert.deepEqual(caller.errors, []);
  });

  test('goes on from the same sample when the user only clears the throat', async () => {
    await using caller = await Caller.connect(server.wsUrl, { vad: { min_interruption_ms: 3000 } });
    await caller.says(greeting, 600);
    await caller.until('the echo', () => caller.begun === 1);
    await caller.says(said('hello'));
    await caller.until('the end of the echo', () => caller.endings.length === 1);
    const [ending] = caller.endings;
    assert.equal(ending?.reason, 'completed');
    assert.equal(ending.heard_text, GREETING);
    assertSpoken(caller.samplesOf(0), GREETING);
    assert.deepEqual([caller.holds, caller.clears], [1, 0]);
  });
});

test('metrics tell what came of the barge-ins, and how long the hold took', async (t) => {
  const metrics = await readMetrics(server);
  assert.equal(metrics.get('parley_barge_ins_held_total'), 2);
  assert.equal(metrics.get('parley_barge_ins_ended_total{result="confirmed"}'), 1);
  assert.equal(metrics.get('parley_barge_ins_ended_total{result="false_alarm"}'), 1);
  assert.equal(metrics.get('parley_barge_in_latency_seconds_count'), 2);
  const seconds = (metrics.get('parley_barge_in_latency_seconds_sum') ?? Number.NaN) / 2;
  t.diagnostic(`from the first sound of a voice to the hold: ${Math.round(1000 * seconds)} ms`);
  // Never before there was the least speech that counts.
  assert.ok(seconds >= 0.1, `${seconds} s`);
});

after(async () => {
  await server.stop();
  await llm.close();
});

/** Checks that these are all samples of the text, spoken in one piece, and no others. */
function assertSpoken(samples: Int16Array, text: string): void {
  assert.equal(samples.length, text.length * MS_PER_CHARACTER * 48);
  for (const [index, sample] of samples.entries()) {
    if (sample !== countedSample(text, index)) assert.fail(`sample ${index} is ${sample}`);
  }
}
