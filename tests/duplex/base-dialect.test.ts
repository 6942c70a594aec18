import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WireClient } from '@parley/testkit';
import { assertSpoken, readCounted } from '../end-to-end/support/counted-speech.ts';
import { startMetronome } from '../end-to-end/support/metronome.ts';
import { NEXT, openStage, TEXT, type Stage } from './support/stage.ts';

// WireClient itself fails at the first message that is not of the base dialect, binary ones included.
describe('a client of the base dialect with a microphone', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.close());

  async function speaking(events: readonly string[] = []): Promise<WireClient> {
    const client = await WireClient.connect(stage.server.wsUrl);
    if (events.length > 0) client.send({ type: 'subscribe', events });
    client.say(TEXT);
    await client.frames(12);
    return client;
  }

  function hear(client: WireClient, samples: Int16Array, asJson: boolean): void {
    for (let from = 0; from < samples.length; from += 320) {
      const bytes = Buffer.from(samples.slice(from, from + 320).buffer);
      if (asJson) client.send({ type: 'audio_in', pcm: bytes.toString('base64') });
      else client.socket.send(bytes);
    }
  }

  for (const asJson of [false, true]) {
    const how = asJson ? 'as JSON' : 'as binary messages';
    test(`sent ${how}, interrupts speech and is told nothing but audio`, async () => {
      await using client = await speaking();
      hear(client, stage.user.interruption, asJson);
      await client.settled();
      const { frameCount } = client;
      assert.ok(frameCount < TEXT.length);
      const metronome = await startMetronome(stage.server.wsUrl);
      await metronome.beats(15);
      await metronome.stop();
      assert.equal(client.frameCount, frameCount, 'nothing more came');
      hear(client, stage.user.quiet, asJson);
      readCounted(client.samples(), TEXT);
      client.say(NEXT);
      await client.frames(frameCount + NEXT.length);
      assertSpoken(client.samples(frameCount), NEXT);
      assert.deepEqual(
        client.messages.map(({ type }) => type),
        ['session_start'],
      );
    });
  }

  test('that hears a sound which is no interruption goes on without a lost or repeated sample', async () => {
    await using client = await speaking();
    hear(client, stage.user.interruptionUpTo(300), false);
    hear(client, stage.user.quiet, false);
    await client.frames(TEXT.length);
    assertSpoken(client.samples(), TEXT);
    assert.equal(client.messages.length, 1);
  });

  test('gets the events it asked for, in their own form, and no other', async () => {
    await using client = await speaking(['state', 'utterance_end']);
    hear(client, stage.user.interruption, false);
    const ending = await client.message('utterance_end');
    await client.settled();
    assert.deepEqual(ending, { type: 'utterance_end', utterance_id: 'parley-1', reason: 'interrupted' });
    assert.deepEqual(
      client.messages.flatMap(({ type, state }) => (type === 'state' ? [state] : [])),
      ['SPEAKING', 'BARGED_IN', 'LISTENING'],
    );
  });
});
