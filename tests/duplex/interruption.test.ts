import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertSpoken, readCounted } from '../end-to-end/support/counted-speech.ts';
import { openStage, NEXT, TEXT, type Stage } from './support/stage.ts';
import { V1Client } from './support/v1-client.ts';

describe('an interruption', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.close());

  /** Makes sure that the session is as good as new. */
  async function assertSpeaksOn(client: V1Client): Promise<void> {
    const from = await stage.saysNext(client);
    assertSpoken(client.samples(from), NEXT);
    assert.equal(client.endings('next')[0]?.heard_text, NEXT);
    assert.deepEqual(client.all('error'), []);
  }

  test('stops every frame, and what was heard is a piece of the text that was sent', async () => {
    await using client = await stage.speaking();
    client.hear(stage.user.interruption);
    const { reason, heard_ms: heardMs, heard_text: heardText } = await client.message('utterance_end');
    await client.settled();
    assert.equal(reason, 'interrupted');
    assert.equal(client.framesAfter('pause'), 0);
    assert.ok(heardMs <= client.frameCount * 20 && heardMs < TEXT.length * 20);
    assert.ok(TEXT.startsWith(heardText));
    assert.deepEqual(client.all('clear'), [{ type: 'clear', generation: 0 }]);
    readCounted(client.samples(), TEXT);
    client.hear(stage.user.quiet);
    await assertSpeaksOn(client);
    assert.ok(client.frames.slice(-NEXT.length).every(({ generation }) => generation === 1));
  });

  test('of a text that speaks while the worker is held back ends it, with nobody waiting for a frame', async () => {
    // Far more than playout and all queues on the way hold.
    await using client = await stage.speaking(TEXT.repeat(40));
    client.hear(stage.user.interruption);
    await client.message('utterance_end');
    assert.equal(client.framesAfter('pause'), 0);
    client.hear(stage.user.quiet);
    await assertSpeaksOn(client);
  });

  test('leaves nothing behind to stop, as audio is never far ahead of real time', async () => {
    const askedMs = performance.now();
    await using client = await stage.speaking();
    await client.framesReach(40);
    // Only a server that is too fast can fail this. 200 ms is the lead.
    assert.ok(performance.now() - askedMs >= 39 * 20 - 200);
    client.control('STOP');
    await client.message('utterance_end');
  });

  test('speech and text at once: the text waits until the user is silent, and is heard whole', async () => {
    await using client = await V1Client.connect(stage.server.wsUrl);
    client.hear(stage.user.interruptionUpTo(800));
    client.say(TEXT, 'said');
    await client.message('pause');
    const { frameCount } = client;
    await client.settled();
    assert.equal(client.frameCount, frameCount);
    client.hear(stage.user.quiet);
    await client.message('resume');
    const { reason } = await client.message('utterance_end');
    assert.equal(reason, 'completed');
    assertSpoken(client.samples(), TEXT);
  });

  for (const isMeant of [true, false]) {
    const outcome = isMeant ? 'is dropped with the other' : 'is spoken after it';
    const what = isMeant ? 'an interruption' : 'a false alarm';
    test(`text that comes while speech is held ${outcome} when it was ${what}`, async () => {
      await using client = await stage.speaking();
      client.hear(stage.user.interruptionUpTo(300));
      await client.message('pause');
      client.say(NEXT, 'meanwhile');
      client.hear(isMeant ? stage.user.interruption : stage.user.quiet);
      await client.message('utterance_end', 2);
      await client.settled();
      const reason = isMeant ? 'interrupted' : 'completed';
      for (const id of ['said', 'meanwhile']) {
        assert.deepEqual(
          client.endings(id).map((ending) => ending.reason),
          [reason],
          id,
        );
      }
      if (isMeant) readCounted(client.samples(), TEXT);
      else assertSpoken(client.samples(), TEXT, NEXT);
    });
  }

  describe('between the last frame and utterance_end', () => {
    let buffering: Stage;
    before(async () => {
      buffering = await openStage({}, ['transport.websocket.v1_playout_lead_ms=2000']);
    });
    after(() => buffering.close());

    async function sentToTheEnd(): Promise<V1Client> {
      const client = await buffering.speaking(NEXT);
      // Two seconds are still to be played.
      await client.framesReach(NEXT.length);
      assert.deepEqual(client.all('utterance_end'), []);
      return client;
    }

    test('by the user ends the utterance once, as interrupted', async () => {
      await using client = await sentToTheEnd();
      client.hear(stage.user.interruption);
      await client.message('utterance_end');
      client.hear(stage.user.quiet);
      await assertSpeaksOn(client);
      assert.deepEqual(
        client.endings('said').map(({ reason }) => reason),
        ['interrupted'],
      );
    });

    test('that is a false alarm ends it once, as completed', async () => {
      await using client = await sentToTheEnd();
      client.hear(stage.user.interruptionUpTo(300));
      client.hear(stage.user.quiet);
      await client.message('utterance_end');
      await assertSpeaksOn(client);
      const [ending, ...others] = client.endings('said');
      assert.equal(ending?.reason, 'completed');
      assert.equal(ending.heard_text, NEXT);
      assert.deepEqual(others, []);
    });

    test('by STOP ends it once, as stopped', async () => {
      await using client = await sentToTheEnd();
      client.control('STOP');
      await assertSpeaksOn(client);
      assert.deepEqual(
        client.endings('said').map(({ reason }) => reason),
        ['stopped'],
      );
    });
  });

  test('two at once, by voice and by STOP, are one', async () => {
    await using client = await stage.speaking();
    client.control('STOP');
    client.hear(stage.user.interruption);
    client.control('STOP');
    client.hear(stage.user.quiet);
    await assertSpeaksOn(client);
    assert.equal(client.endings('said').length, 1);
    assert.equal(client.all('clear').length, 1);
  });

  test('a STOP while speech is held by the user is a stop, and a later word does not interrupt again', async () => {
    await using client = await stage.speaking();
    client.hear(stage.user.interruptionUpTo(300));
    await client.message('pause');
    client.control('STOP');
    const { reason } = await client.message('utterance_end');
    assert.equal(reason, 'stopped');
    client.hear(stage.user.interruption);
    client.hear(stage.user.quiet);
    await assertSpeaksOn(client);
    assert.equal(client.all('clear').length, 1);
  });

  test('of one client, and its goodbye, do not touch what another one hears', async () => {
    await using first = await stage.speaking();
    const second = await stage.speaking();
    second.hear(stage.user.interruption);
    await second.message('utterance_end');
    const third = await stage.speaking();
    await Promise.all([second.leave(), third.leave()]);
    await first.message('utterance_end');
    assertSpoken(first.samples(), TEXT);
  });

  test('with nothing to interrupt changes nothing', async () => {
    await using client = await V1Client.connect(stage.server.wsUrl);
    client.hear(stage.user.interruption);
    client.hear(stage.user.quiet);
    await client.message('speech_stopped');
    assert.deepEqual(
      client.types.filter((type) => type !== 'state'),
      ['session_start', 'speech_started', 'speech_stopped'],
    );
    await assertSpeaksOn(client);
  });
});
