import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertSpoken } from '../end-to-end/support/counted-speech.ts';
import { NEXT, openStage, TEXT, type Stage } from './support/stage.ts';

const SAMPLES_PER_MS = 48;
const FRAME_MS = 20;

describe('reports of what was played', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.close());

  for (const [what, reports, codes] of [
    ['negative', [-1, -1e9], ['INVALID_MESSAGE', 'INVALID_MESSAGE']],
    ['no whole numbers', [0.5, '960', null], ['INVALID_MESSAGE', 'INVALID_MESSAGE', 'INVALID_MESSAGE']],
    ['beyond what was sent', [1e9, Number.MAX_SAFE_INTEGER], []],
    ['running backwards', [4800, 960, 0], []],
  ] as const) {
    test(`that are ${what} do no harm: heard is between nothing and what was sent`, async () => {
      await using client = await stage.speaking();
      for (const samples of reports) {
        client.sendRaw({ type: 'played', generation: 0, samples });
        client.sendRaw({ type: 'cleared', generation: 0, samples });
      }
      client.control('STOP');
      for (const samples of reports) client.sendRaw({ type: 'cleared', generation: 0, samples });
      const { heard_ms: heardMs, heard_text: heardText } = await client.message('utterance_end');
      await client.settled();
      assert.ok(heardMs >= 0 && heardMs <= client.frameCount * FRAME_MS, `${heardMs} ms`);
      assert.ok(TEXT.startsWith(heardText));
      assert.deepEqual(
        client.all('error').map(({ code }) => code),
        [...codes, ...codes, ...codes],
      );
      const from = await stage.saysNext(client);
      assertSpoken(client.samples(from), NEXT);
      assert.equal(client.endings('next')[0]?.heard_text, NEXT);
    });
  }

  test('of another generation than the present one do not count', async () => {
    await using client = await stage.speaking();
    client.control('STOP');
    await client.message('utterance_end');
    client.say(TEXT, 'second');
    await client.message('utterance_start', 2);
    await client.framesReach(client.frameCount + 12);
    for (const generation of [0, 2, 4_294_967_295]) {
      client.send({ type: 'played', generation, samples: Number.MAX_SAFE_INTEGER });
    }
    const frames = client.frameCount;
    // Held, so that the clock stands; the last 200 ms were sent and cannot have been played yet.
    client.control('STOP');
    await client.until(() => client.endings('second').length === 1, 'the end');
    const [ending] = client.endings('second');
    assert.ok(ending !== undefined && ending.heard_ms < frames * FRAME_MS);
  });

  test('are taken at their word when they can be true, to the sample', async () => {
    await using client = await stage.speaking();
    client.control('PAUSE');
    await client.message('pause');
    const playedMs = 7 * FRAME_MS + 3;
    client.send({ type: 'played', generation: 0, samples: playedMs * SAMPLES_PER_MS });
    client.control('STOP');
    client.send({ type: 'cleared', generation: 0, samples: playedMs * SAMPLES_PER_MS });
    const { heard_ms: heardMs, heard_text: heardText } = await client.message('utterance_end');
    assert.equal(heardMs, playedMs);
    // One frame a character; "A sente" is one word that was heard and one that was not.
    assert.equal(heardText, 'A');
  });

  test('need not follow a clear: the end is told all the same', async () => {
    await using client = await stage.speaking();
    client.send({ type: 'played', generation: 0, samples: 960 });
    client.control('STOP');
    const { reason } = await client.message('utterance_end');
    assert.equal(reason, 'stopped');
  });
});
