import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createEspeak, type EspeakMark } from '@parley/engine-espeak';
import { type ServerProcess, startServer } from '@parley/testkit';
import { recordUser, type UserRecording } from '@parley/testkit/turns';
import { runTalker, type TalkerRound } from './support/talker.ts';

const TEXT =
  'There are three connections this afternoon, and the first of them leaves at a quarter past two from platform nine, right behind the old station building.';
const ROUNDS = 4;
const SAMPLES_PER_MS = 48;

/** The words of the text and when each has been spoken, straight from the voice. */
async function wordsOf(text: string): Promise<EspeakMark[]> {
  const espeak = createEspeak({ threads: 1 });
  const marks: EspeakMark[] = [];
  try {
    await espeak.synthesize(
      { text, voiceId: 'espeak-en-us' },
      { audio: () => true, mark: (mark) => void marks.push(mark), ready: () => Promise.resolve() },
    );
  } finally {
    await espeak.close();
  }
  return marks;
}

describe('someone who talks over the system, by the SDK in another process and in real time', () => {
  let server: ServerProcess;
  let user: UserRecording;
  let marks: EspeakMark[];
  before(async () => {
    // The text is one segment, so that the voice says all of it as it does when asked for it here.
    const config = 'text:\n  first_segment_characters: 400\n  segment_characters: 400\n';
    user = await recordUser([
      { kind: 'quiet', ms: 300 },
      { kind: 'say', text: 'Wait, stop, that is wrong.' },
      { kind: 'quiet', ms: 300 },
    ]);
    marks = await wordsOf(TEXT);
    server = await startServer({ engine: 'espeak', config });
  });
  after(() => server.stop());

  /** The words that were over when playback had come to `samples` of the text. */
  function heardWords(samples: number): string {
    const heard = marks.filter(({ endMs }) => endMs * SAMPLES_PER_MS <= samples);
    const last = heard.at(-1);
    return last === undefined ? '' : TEXT.slice(0, last.textOffset + last.word.length);
  }

  function assertHeardToTheWord({ end, fromSample, clearedAtSample }: TalkerRound): void {
    assert.ok(clearedAtSample !== undefined, 'it was cleared');
    const samples = clearedAtSample - fromSample;
    assert.ok(Math.abs(end.heard_ms - samples / SAMPLES_PER_MS) <= 1, `${end.heard_ms} ms`);
    assert.equal(end.heard_text, heardWords(samples));
    assert.ok(end.heard_text.length > 0 && end.heard_text.length < TEXT.length);
  }

  test('stops it: no frame comes after the decision, and what was heard is known to the word', async (t) => {
    const report = await runTalker({ url: server.wsUrl, text: TEXT, rounds: ROUNDS }, user.samples);
    assert.deepEqual(report.problems, []);
    assert.equal(report.missingSamples + report.repeatedFrames, 0);
    const onsetMs = user.speech[0]?.startMs ?? 0;
    for (const round of report.rounds) {
      const { clearedMs = 0, decidedMs = 0, heldMs = 0, lastFrameMs, microphoneStartedMs } = round;
      t.diagnostic(
        JSON.stringify({
          onsetToLastFrameMs: Math.round(lastFrameMs - microphoneStartedMs - onsetMs),
          onsetToHeldMs: Math.round(heldMs - microphoneStartedMs - onsetMs),
          onsetToClearedMs: Math.round(clearedMs - microphoneStartedMs - onsetMs),
          decisionToLastFrameMs: Math.max(0, Math.round(lastFrameMs - decidedMs)),
          decisionToHeldMs: Math.round(heldMs - decidedMs),
          heard: round.end.heard_text,
        }),
      );
      assert.equal(round.end.reason, 'interrupted');
      assert.equal(round.framesWhileHeld, 0, 'not one frame came after the decision');
      assert.equal(round.holds, 1);
      assert.ok(decidedMs > 0 && heldMs > decidedMs && lastFrameMs <= heldMs && heldMs <= clearedMs);
      assertHeardToTheWord(round);
    }
    const heardSamples = report.rounds.map(
      ({ clearedAtSample = 0, fromSample }) => clearedAtSample - fromSample,
    );
    assert.equal(
      report.heard.length,
      heardSamples.reduce((sum, samples) => sum + samples, 0),
      'what was played is what was reported',
    );
  });

  test('with no second step, is cut off at once and knows what was heard', async () => {
    const settings = { vad: { min_interruption_ms: 0 } };
    const report = await runTalker({ url: server.wsUrl, text: TEXT, rounds: 2, settings }, user.samples);
    assert.deepEqual(report.problems, []);
    for (const round of report.rounds) {
      assert.equal(round.end.reason, 'interrupted');
      assert.equal(round.framesWhileHeld, 0);
      assertHeardToTheWord(round);
    }
  });
});
