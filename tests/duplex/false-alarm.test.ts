import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ServerProcess, startServer } from '@parley/testkit';
import { assertSpoken } from '../end-to-end/support/counted-speech.ts';
import { DEFAULT_EARS, promptEars } from './support/duplex-config.ts';
import { runTalker } from './support/talker.ts';
import { makeUserVoice, type UserVoice } from './support/user-voice.ts';
import { V1Client } from './support/v1-client.ts';

const TEXT = 'A sentence of some length, so that there is time to interrupt it, and to go on after that.';

/** The default ears do not take a cough for speech at all; the cheap ones do. */
const SOUNDS = [
  { name: 'an "uh-huh"', sound: 'backchannel', ears: 'default' },
  { name: 'a cough', sound: 'cough', ears: 'prompt' },
] as const;

describe('a sound that is no interruption', () => {
  const servers = new Map<string, ServerProcess>();
  let user: UserVoice;
  before(async () => {
    user = await makeUserVoice();
    servers.set('default', await startServer({ config: DEFAULT_EARS }));
    // This engine goes on hearing speech for a while after a cough.
    servers.set('prompt', await startServer({ config: promptEars({ min_interruption_ms: 800 }) }));
  });
  after(async () => {
    for (const server of servers.values()) await server.stop();
  });

  async function speaking(ears: string = 'prompt', text: string = TEXT): Promise<V1Client> {
    const client = await V1Client.connect(servers.get(ears)?.wsUrl ?? '');
    client.say(text, 'said');
    await client.message('utterance_start');
    await client.framesReach(12);
    return client;
  }

  for (const { name, sound, ears } of SOUNDS) {
    test(`${name} holds speech, which goes on from the very next sample`, async () => {
      await using client = await speaking(ears);
      client.hear(user[sound]);
      await client.message('resume');
      const whileHeld = client.framesAfter('pause') - client.framesAfter('resume');
      assert.equal(whileHeld, 0, 'no frame came while it was held');
      const { reason, heard_text: heardText, heard_ms: heardMs } = await client.message('utterance_end');
      assert.equal(reason, 'completed');
      assert.equal(heardText, TEXT);
      assert.equal(heardMs, TEXT.length * 20);
      assertSpoken(client.samples(), TEXT);
      assert.deepEqual(client.all('clear'), []);
    });
  }

  for (const { name, sound, ears } of SOUNDS) {
    test(`${name} to the SDK in another process leaves a recording without a sample too few or too many`, async () => {
      const url = servers.get(ears)?.wsUrl ?? '';
      const report = await runTalker({ url, text: TEXT, rounds: 1 }, user[sound]);
      assert.deepEqual(report.problems, []);
      const [round] = report.rounds;
      assert.ok(round !== undefined && round.holds > 0, 'it was held');
      assert.equal(round.framesWhileHeld, 0);
      assert.equal(round.clearedAtSample, undefined);
      assert.deepEqual([round.end.reason, round.end.heard_text], ['completed', TEXT]);
      assertSpoken(report.heard, TEXT);
      assert.equal(report.missingSamples + report.repeatedFrames, 0);
    });
  }

  test('several of them in one sentence lose and repeat nothing', async () => {
    await using client = await speaking();
    for (let count = 1; count <= 3; count += 1) {
      client.hear(user.cough);
      await client.message('resume', count);
      await client.framesReach(client.frameCount + 5);
    }
    await client.message('utterance_end');
    assertSpoken(client.samples(), TEXT);
  });

  test('a cough while the client itself holds speech does not let it go on', async () => {
    await using client = await speaking();
    client.control('PAUSE');
    await client.message('pause');
    client.hear(user.cough);
    await client.message('speech_stopped');
    // Back in SPEAKING after the false alarm, and still held.
    await client.until(() => client.all('state').at(-1)?.state === 'SPEAKING', 'the end of the alarm');
    await client.settled();
    const { frameCount } = client;
    assert.deepEqual(client.all('resume'), []);
    client.control('RESUME');
    await client.message('utterance_end');
    assert.ok(client.frameCount > frameCount);
    assertSpoken(client.samples(), TEXT);
  });

  test('what a client asks for during a cough holds after it', async () => {
    await using client = await speaking();
    client.hear(user.cough);
    await client.message('speech_started');
    client.control('PAUSE');
    await client.until(() => client.all('state').at(-1)?.state === 'SPEAKING', 'the end of the alarm');
    await client.settled();
    assert.deepEqual(client.all('resume'), []);
    client.control('RESUME');
    await client.message('utterance_end');
    assertSpoken(client.samples(), TEXT);
  });

  test('a microphone that is switched off in the middle of a word does not leave speech held', async () => {
    await using client = await speaking();
    client.hear(user.interruptionUpTo(300));
    await client.message('pause');
    // Nothing more comes, not even silence.
    await client.message('speech_stopped');
    await client.message('resume');
    await client.message('utterance_end');
    assertSpoken(client.samples(), TEXT);
  });

  test('voice activity that is switched off in the middle of a word does not leave speech held', async () => {
    await using client = await speaking();
    client.hear(user.interruptionUpTo(300));
    await client.message('pause');
    client.send({ type: 'session_update', vad: { enabled: false } });
    await client.message('speech_stopped');
    await client.message('resume');
    await client.message('utterance_end');
    assertSpoken(client.samples(), TEXT);
  });
});
