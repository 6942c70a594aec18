import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertSpoken, readCounted } from '../end-to-end/support/counted-speech.ts';
import { countSessions, untilSessions } from '../end-to-end/support/http.ts';
import { NEXT, openStage, TEXT, type Stage } from './support/stage.ts';
import { V1Client } from './support/v1-client.ts';

describe('a connection that is cut', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.close());

  /** The story of an utterance is told once, and in order, however often the client was away. */
  function assertToldOnce(client: V1Client, ...expected: readonly string[]): void {
    const told = client.types.filter((type) => !['session_start', 'pong', 'state'].includes(type));
    assert.deepEqual(told, expected);
  }

  test('while it speaks is taken up with the very next frame', async () => {
    await using client = await stage.speaking();
    client.cut();
    const start = await client.resume();
    assert.equal(start.resumed, true);
    assert.equal(start.client_messages, 1);
    await client.message('utterance_end');
    assertSpoken(client.samples(), TEXT);
    assertToldOnce(client, 'utterance_start', 'utterance_end');
  });

  test('again and again loses and repeats no frame and no message', async () => {
    await using client = await stage.speaking();
    for (let frames = 20; frames < TEXT.length; frames += 10) {
      await client.framesReach(frames);
      client.cut();
      await client.resume();
    }
    await client.message('utterance_end');
    assertSpoken(client.samples(), TEXT);
    assertToldOnce(client, 'utterance_start', 'utterance_end');
  });

  test('while the user holds speech is heard on from the exact sample', async () => {
    await using client = await stage.speaking();
    client.hear(stage.user.interruptionUpTo(300));
    await client.message('speech_started');
    client.cut();
    await client.resume();
    // The microphone is gone with the connection; nobody has to say so.
    await client.message('utterance_end');
    assertSpoken(client.samples(), TEXT);
    assertToldOnce(
      client,
      'utterance_start',
      'speech_started',
      'pause',
      'speech_stopped',
      'resume',
      'utterance_end',
    );
  });

  test('right after an interruption tells it once, and the next text is whole', async () => {
    await using client = await stage.speaking();
    client.hear(stage.user.interruption);
    client.hear(stage.user.quiet);
    // Audio that is still on its way goes down with the connection: cut once the interruption is known.
    await client.message('clear');
    client.cut();
    await client.resume();
    const { reason } = await client.message('utterance_end');
    const cutOff = client.frameCount;
    await client.message('speech_stopped');
    readCounted(client.samples(), TEXT);
    assert.equal(reason, 'interrupted');
    await client.until(() => client.all('clear').length === 1, 'clear');
    const from = await stage.saysNext(client);
    assertSpoken(client.samples(from), NEXT);
    assert.ok(from >= cutOff);
  });

  test('between the last frame and utterance_end is told the end', async () => {
    await using client = await stage.speaking(NEXT);
    await client.framesReach(NEXT.length);
    client.cut();
    await client.resume();
    await client.message('utterance_end');
    assertSpoken(client.samples(), NEXT);
    assertToldOnce(client, 'utterance_start', 'utterance_end');
  });

  test('while the client holds speech stays held', async () => {
    await using client = await stage.speaking();
    client.control('PAUSE');
    await client.message('pause');
    client.cut();
    await client.resume();
    await client.settled();
    const { frameCount } = client;
    client.control('RESUME');
    await client.message('utterance_end');
    assert.ok(frameCount < TEXT.length);
    assertSpoken(client.samples(), TEXT);
  });

  test('before its greeting arrived can be taken up with the same token', async () => {
    await using client = await stage.speaking();
    client.cut();
    // This attempt reaches the server, and its answer is lost.
    await client.resumeUnheard();
    await client.resume();
    await client.message('utterance_end');
    assertSpoken(client.samples(), TEXT);
    assertToldOnce(client, 'utterance_start', 'utterance_end');
  });

  test('cannot be taken up with a token that a newer one has replaced', async () => {
    await using client = await stage.speaking();
    const { resume_token: oldToken } = client.start;
    client.cut();
    await client.resume();
    client.cut();
    await client.resume();
    const refusal = await V1Client.refused(`${stage.server.wsUrl}/?resume=${oldToken}&samples=0&events=0`);
    assert.equal(refusal, 'RESUME_FAILED');
    await client.message('utterance_end');
    assertSpoken(client.samples(), TEXT);
  });

  for (const [what, query] of [
    ['more audio than was sent', 'samples=96000000&events=0'],
    ['more messages than were sent', 'samples=0&events=9999'],
    ['half a frame', 'samples=481&events=0'],
    ['less than nothing', 'samples=-960&events=0'],
    ['no number', 'samples=all&events=0'],
  ] as const) {
    test(`cannot be taken up by a client that has ${what}, and still can by one that tells the truth`, async () => {
      await using client = await stage.speaking();
      client.cut();
      const { resume_token: token } = client.start;
      const url = `${stage.server.wsUrl}/?resume=${token}&${query}`;
      assert.equal(await V1Client.refused(url), 'RESUME_FAILED');
      await client.resume();
      await client.message('utterance_end');
      assertSpoken(client.samples(), TEXT);
    });
  }

  test('leaves its session waiting; one that is closed with a goodbye does not', async () => {
    await untilSessions(stage.server.url, 0);
    const first = await stage.speaking();
    await using second = await stage.speaking();
    assert.equal(await countSessions(stage.server.url), 2);
    await first.leave();
    await untilSessions(stage.server.url, 1);
    second.cut();
    await second.resume();
    assert.equal(await countSessions(stage.server.url), 1);
  });

  test('is taken over by a second one, while the first is still open', async () => {
    await using client = await stage.speaking();
    // No cut: as with a phone that has changed its network, only the client knows that the first is of no use.
    client.abandon();
    await client.resume();
    await client.message('utterance_end');
    assertSpoken(client.samples(), TEXT);
    assertToldOnce(client, 'utterance_start', 'utterance_end');
  });
});
