import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ServerProcess } from '@parley/testkit';
import { V1Client } from '../duplex/support/v1-client.ts';
import { readMetrics, startHearingServer } from './support/hearing-server.ts';
import { joinSamples } from './support/join-samples.ts';
import { said } from './support/said.ts';

const KITCHEN = 'turn on the kitchen light';
const WEATHER = 'what is the weather today';
/** 1.5 s: speech ends in it, and so does the turn. */
const SILENCE = new Int16Array(24_000);

describe('microphone audio that comes in a burst', () => {
  let server: ServerProcess;
  before(async () => {
    server = await startHearingServer();
  });
  after(() => server.stop());

  function finalsOf(client: V1Client): readonly string[] {
    return client.all('transcript').flatMap(({ text, is_final: isFinal }) => (isFinal ? [text] : []));
  }

  const AUDIO = joinSamples([said(KITCHEN), SILENCE]);
  for (const [how, messageSamples] of [
    ['in one message', AUDIO.length],
    ['in messages of 20 ms without a pause', 320],
  ] as const) {
    test(`is transcribed and answered, ${how}`, async () => {
      await using client = await V1Client.connect(server.wsUrl);
      client.hear(AUDIO, messageSamples);
      assert.equal((await client.message('utterance_end')).heard_text, KITCHEN);
      assert.deepEqual(finalsOf(client), [KITCHEN]);
    });
  }

  test('is two turns where it is two sentences', async () => {
    await using client = await V1Client.connect(server.wsUrl);
    client.send({ type: 'session_update', responder: { mode: 'none' } });
    client.hear(joinSamples([said(KITCHEN), SILENCE, said(WEATHER), SILENCE]));
    await client.until(() => finalsOf(client).length === 2, 'two transcripts');
    assert.deepEqual(finalsOf(client), [KITCHEN, WEATHER]);
  });

  test('interrupts speech, and is transcribed and answered', async () => {
    await using client = await V1Client.connect(server.wsUrl);
    client.say('A sentence of some length, so that there is a lot of time to talk over it.', 'long');
    await client.framesReach(12);
    client.hear(joinSamples([said(WEATHER), SILENCE]));
    const { heard_text: answer, reason } = await client.message('utterance_end', 2);
    assert.deepEqual([answer, reason], [WEATHER, 'completed']);
    assert.deepEqual(
      client.endings('long').map((ending) => ending.reason),
      ['interrupted'],
    );
    assert.deepEqual(finalsOf(client), [WEATHER]);
    assert.deepEqual(client.all('error'), []);
  });

  test('loses nothing', async () => {
    assert.equal((await readMetrics(server)).get('parley_vad_windows_shed_total'), 0);
  });
});
