import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../connect.ts';
import { startTestServer } from '../testing/test-server.ts';
import { openBrowserPlayer } from './browser-player.ts';
import type { AudioContextLike, AudioWorkletNodeLike, BrowserAudio } from './web-audio.ts';

/** Web Audio without a browser: what the audio thread would say is said by the test. */
function fakeAudio(): { readonly audio: BrowserAudio; readonly say: (message: object) => void } {
  let listener: (event: { data: unknown }) => void = () => {};
  const node: AudioWorkletNodeLike = {
    connect: () => undefined,
    disconnect() {},
    port: {
      addEventListener: (_, added) => {
        listener = added;
      },
      start() {},
      postMessage() {},
      close() {},
    },
  };
  const context: AudioContextLike = {
    sampleRate: 48_000,
    state: 'running',
    destination: node,
    audioWorklet: { addModule: () => Promise.resolve() },
    createMediaStreamSource: () => node,
    resume: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const audio: BrowserAudio = {
    createContext: () => context,
    createWorkletNode: () => node,
    getUserMedia: () => Promise.reject(new Error('no microphone')),
  };
  return { audio, say: (data) => listener({ data }) };
}

test('speech that the ring of the audio thread has no room for is an error of the session, and told to whoever else asks', async (t) => {
  const server = await startTestServer();
  t.after(() => server.close());
  const { audio, say } = fakeAudio();
  const player = await openBrowserPlayer({ audio });
  const session = await connect({ url: server.url, sink: player });
  t.after(() => session.close());
  const overflows: number[] = [];
  player.onOverflow((samples) => overflows.push(samples));
  const told = session.once('error');
  say({ type: 'overflow', samples: 960 });
  const { cause, code } = await told;
  assert.equal(code, 'PLAYBACK_FAILED');
  assert.match(String(cause), /960 more samples/);
  assert.deepEqual(overflows, [960]);
});
