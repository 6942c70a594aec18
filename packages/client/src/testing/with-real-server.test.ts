import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { skipWithout, startServer, type ServerProcess } from '@parley/testkit';
import { connect } from '../connect.ts';
import { createPcmPlayer } from '../node/pcm-player.ts';
import { createWavMicrophone } from '../node/wav-microphone.ts';
import type { SpeechFrame } from '../audio-sink.ts';
import { converseInBrowser } from './browser-conversation.ts';
import { startCuttingProxy } from './cutting-proxy.ts';
import { recordSpeech } from './record-speech.ts';
import { until } from './until.ts';

const INTERRUPTED =
  'This is a rather long sentence which goes on and on about the weather, the birds and the sea, until somebody says that it should stop, or until the end of it is reached at last.';
const RESUMED =
  'And this one is to be heard to its very end, although the wire is cut while it is being said.';
const USER = 'Wait, please stop talking now, because I have another question for you.';

describe('over a real server with a voice', { timeout: 120_000 }, () => {
  let server: ServerProcess;
  let user: Uint8Array;

  before(async () => {
    server = await startServer({ engine: 'espeak' });
    user = await recordSpeech(`${server.wsUrl}/`, USER, 500);
  });

  after(() => server.stop());

  test('Node plays, is interrupted by a voice, loses its connection and resumes, exact to the sample', async (t) => {
    const proxy = await startCuttingProxy(`${server.wsUrl}/`);
    t.after(() => proxy.close());
    const heard: number[] = [];
    const sink = createPcmPlayer({
      output: { write: (samples) => void heard.push(...samples), close: () => Promise.resolve() },
    });
    t.after(() => sink.close());
    const session = await connect({ url: proxy.url, sink });
    t.after(() => session.close());
    const sent: SpeechFrame[] = [];
    session.on('audio', (frame) => sent.push(frame));

    const interrupted = session.once('utteranceEnd');
    const cleared = session.once('cleared');
    session.say(INTERRUPTED);
    await until(session, 'played', ({ samples }) => samples > 24_000);
    const microphone = createWavMicrophone({ wav: user, trailingSilenceMs: 500 });
    const listened = session.listen(microphone);
    const end = await interrupted;
    const { samples: clearedAt } = await cleared;
    assert.equal(end.reason, 'interrupted');
    assert.ok(INTERRUPTED.startsWith(end.heard_text) && end.heard_text.length > 0, end.heard_text);
    assert.ok(end.heard_text.length < INTERRUPTED.length);
    assert.equal(heard.length, clearedAt, 'what was reported is what was heard');
    assert.ok(Math.abs(end.heard_ms - clearedAt / 48) <= 20, `${end.heard_ms} ms of ${clearedAt / 48}`);
    await listened;

    const spoken = session.once('utteranceEnd');
    const again = sent.length;
    session.say(RESUMED);
    await until(session, 'played', ({ samples }) => samples > clearedAt + 24_000);
    const back = until(session, 'connection', ({ kind }) => kind === 'open');
    proxy.cut();
    assert.deepEqual(await back, { kind: 'open', resumed: true });
    const second = await spoken;
    assert.deepEqual([second.reason, second.heard_text], ['completed', RESUMED]);
    const complete = heard.length - clearedAt;
    const expected = allSamples(sent.slice(again));
    assert.ok(complete > 48_000 && complete <= expected.length);
    const first = allSamples(sent).slice(0, clearedAt);
    assert.ok(
      same(heard.slice(0, clearedAt), first),
      'no sample is repeated or missing before the interruption',
    );
    assert.ok(same(heard.slice(clearedAt), expected.slice(0, complete)), 'nor over the cut');
    assert.equal(session.speech.missingSamples, 0);
    assert.deepEqual(await session.end(), { kind: 'ended', reason: 'completed' });
  });

  test(
    'Chromium plays, is interrupted by its microphone, loses its connection and resumes',
    { skip: skipWithout('chromium') },
    async (t) => {
      const folder = await mkdtemp(join(tmpdir(), 'parley-browser-'));
      t.after(() => rm(folder, { recursive: true, force: true }));
      const microphoneFile = join(folder, 'user.wav');
      await writeFile(microphoneFile, user);
      const heard = await converseInBrowser({
        serverUrl: `${server.wsUrl}/`,
        microphoneFile,
        interruptedText: INTERRUPTED,
        resumedText: RESUMED,
      });
      t.diagnostic(JSON.stringify(heard));
      assert.deepEqual(heard.problems, []);
      assert.ok(heard.loudest > 0.05, `${heard.loudest}`);
      assert.ok(heard.playedAtClear < heard.receivedAtClear);
      assert.equal(heard.waitingAfterClear, 0);
      assert.ok(heard.resumed);
      assert.equal(heard.missingSamples, 0);
      assert.equal(heard.connections, 2);
      assert.ok(heard.playedAtEnd - heard.playedAtClear > 2 * 48_000);
      assert.deepEqual(
        heard.events.filter((event) => /^(?:utteranceEnd|connection)/.test(event)),
        [
          'utteranceEnd:interrupted',
          'connection:waiting',
          'connection:reconnecting',
          'connection:open',
          'utteranceEnd:completed',
          'connection:closed',
        ],
      );
    },
  );
});

function allSamples(frames: readonly SpeechFrame[]): number[] {
  const all: number[] = [];
  for (const { samples } of frames) all.push(...samples);
  return all;
}

function same(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((sample, i) => sample === right[i]);
}
