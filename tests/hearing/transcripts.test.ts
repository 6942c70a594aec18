import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type AsrExample, asrExamples, type ServerProcess, wordErrors, words } from '@parley/testkit';
import type { TranscriptMessage } from '@parley/client';
import { Caller } from './support/caller.ts';
import { readMetrics, startHearingServer } from './support/hearing-server.ts';

const CALLERS = 6;

describe('speech in real time through the SDK', () => {
  let server: ServerProcess;
  before(async () => {
    server = await startHearingServer();
  });
  after(() => server.stop());

  test('comes back as the right transcripts, each echoed to its end, for several callers at once', async (t) => {
    const examples = asrExamples();
    const heard = await Promise.all(
      Array.from({ length: CALLERS }, (_, caller) =>
        converse(examples.filter((_example, index) => index % CALLERS === caller)),
      ),
    );
    let errors = 0;
    let total = 0;
    for (const { said, transcript } of heard.flat()) {
      const wrong = wordErrors(said, transcript);
      if (wrong > 0) t.diagnostic(`said "${said}", transcribed "${transcript}"`);
      errors += wrong;
      total += words(said).length;
    }
    t.diagnostic(`word error rate ${((100 * errors) / total).toFixed(1)} % (${errors} of ${total} words)`);
    assert.equal(heard.flat().length, examples.length);
    assert.ok(errors / total <= 0.05, `${errors} of ${total} words are wrong`);
  });

  test('shows in the metrics how recognition keeps up', async () => {
    const series = await readMetrics(server);
    const at = (name: string): number => series.get(`parley_${name}`) ?? Number.NaN;
    const finals = at('asr_decodes_total{kind="final"}');
    assert.ok(finals >= asrExamples().length, `${finals} decodes`);
    assert.equal(at('asr_real_time_factor_count{kind="final"}'), finals);
    assert.equal(at('asr_wait_seconds_count{kind="final"}'), finals);
    assert.ok(at('asr_decodes_total{kind="partial"}') > 0);
    assert.equal(at('asr_decodes_waiting'), 0);
    assert.equal(at('asr_decodes_running'), 0);
    assert.equal(at('asr_restarts_total'), 0);
    assert.ok(at('vad_decisions_total') > 0);
    assert.ok(at('vad_windows_inferred_total') > 0);
    assert.ok(at('vad_windows_shed_total') >= 0);
    assert.equal(at('barge_ins_held_total'), 0);
  });

  async function listedLanguage(sessionId: string): Promise<unknown> {
    const answer: unknown = await (await fetch(`${server.url}/v1/sessions`)).json();
    assert.ok(typeof answer === 'object' && answer !== null && 'sessions' in answer);
    const { sessions } = answer;
    assert.ok(Array.isArray(sessions));
    return sessions.find((session: { session_id?: unknown }) => session.session_id === sessionId)?.language;
  }

  /** Says the examples one after the other, each after the answer to the one before. */
  async function converse(
    examples: readonly AsrExample[],
  ): Promise<readonly { said: string; transcript: string }[]> {
    await using caller = await Caller.connect(server.wsUrl);
    const results: { said: string; transcript: string }[] = [];
    for (const { samples, transcript: said } of examples) {
      const { transcript, heard } = await caller.exchange(samples);
      assert.equal(heard.reason, 'completed');
      assert.equal(heard.heard_text, transcript);
      results.push({ said, transcript });
    }
    assert.equal(caller.finals.length, examples.length, 'one turn for each recording');
    assert.ok(caller.finals.every(({ language }) => language === 'en'));
    assert.equal(await listedLanguage(caller.session.id), 'en');
    assertStable(caller.partials);
    assert.deepEqual(caller.errors, []);
    return results;
  }
});

/** Words at the beginning on which two partials in a row agree are in all later ones of their turn. */
function assertStable(partials: readonly TranscriptMessage[]): void {
  let agreed: readonly string[] = [];
  for (const [index, partial] of partials.entries()) {
    const before = partials[index - 1];
    if (before?.turn_id !== partial.turn_id) agreed = [];
    const [shown, shownBefore] = [words(partial.text), words(before?.text ?? '')];
    assert.deepEqual(shown.slice(0, agreed.length), agreed, `${before?.text} became ${partial.text}`);
    if (before?.turn_id !== partial.turn_id) continue;
    const differs = shown.findIndex((word, at) => word !== shownBefore[at]);
    agreed = differs < 0 ? shown : shown.slice(0, differs);
  }
}
