import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { WebSocketServer } from 'ws';

/** The page's own modules are plain browser JavaScript, so they are loaded by address and described here. */
interface PlayerLike {
  play(pcm: Uint8Array, sampleRateHz: number): boolean;
  pause(): Promise<void>;
  resume(): Promise<void>;
  clear(): void;
  readonly waitingSeconds: number;
}
interface ConversationLike {
  readonly ready: boolean;
  say(text: string): void;
  control(command: string): void;
  close(): void;
}
type Handlers = Record<string, (...parts: unknown[]) => void>;

const playerModule: { Player: new (createContext: () => unknown) => PlayerLike } = await import(
  new URL('page/player.js', import.meta.url).href
);
const conversationModule: { Conversation: new (url: string, handlers: Handlers) => ConversationLike } =
  await import(new URL('page/conversation.js', import.meta.url).href);

interface StartedSource {
  readonly atSeconds: number;
  readonly samples: Float32Array;
  stoppedAtSeconds?: number;
}

/** As much of the Web Audio API as the player uses, with a clock moved by hand. */
function fakeAudio(): { context: { currentTime: number; state: string }; started: StartedSource[] } {
  const started: StartedSource[] = [];
  const node = { connect() {}, disconnect() {} };
  const context = {
    currentTime: 1.000007,
    sampleRate: 48_000,
    state: 'running',
    destination: {},
    createBuffer: (_channels: number, length: number) => {
      const samples = new Float32Array(length);
      return { getChannelData: () => samples };
    },
    createGain: () => ({ ...node, gain: { setValueAtTime() {}, linearRampToValueAtTime() {} } }),
    createBufferSource: () => {
      let record: StartedSource | undefined;
      const source = {
        ...node,
        buffer: { getChannelData: () => new Float32Array() },
        addEventListener() {},
        start(atSeconds: number) {
          record = { atSeconds, samples: source.buffer.getChannelData() };
          started.push(record);
        },
        stop(atSeconds: number) {
          if (record !== undefined) record.stoppedAtSeconds = atSeconds;
        },
      };
      return source;
    },
    async suspend() {
      context.state = 'suspended';
    },
    async resume() {
      context.state = 'running';
    },
  };
  return { context, started };
}

function frame(value = 0): Uint8Array {
  return new Uint8Array(Int16Array.from({ length: 960 }, () => value).buffer);
}

test('frames are scheduled back to back on the grid of samples', () => {
  const { context, started } = fakeAudio();
  const player = new playerModule.Player(() => context);
  const follows = Array.from({ length: 50 }, () => player.play(frame(), 48_000));
  assert.deepEqual(follows, [false, ...Array.from({ length: 49 }, () => true)]);
  const first = (started[0]?.atSeconds ?? 0) * 48_000;
  assert.ok(first / 48_000 >= context.currentTime);
  for (const [index, { atSeconds }] of started.entries()) {
    assert.ok(Math.abs(atSeconds * 48_000 - Math.round(first) - index * 960) < 1e-6, `frame ${index}`);
  }
});

test('samples arrive as they were, little-endian and from -1 to 1', () => {
  const { context, started } = fakeAudio();
  const player = new playerModule.Player(() => context);
  const padded = new Uint8Array([9, 0, 128, 0, 64, 255, 127]);
  player.play(padded.subarray(1), 48_000);
  assert.deepEqual([...(started[0]?.samples ?? [])], [-1, 0.5, Math.fround(32_767 / 32_768)]);
});

test('after the audio ran dry a frame starts a new run and says that it did not follow', () => {
  const { context, started } = fakeAudio();
  const player = new playerModule.Player(() => context);
  player.play(frame(), 48_000);
  context.currentTime += 10;
  assert.equal(player.waitingSeconds, 0);
  assert.equal(player.play(frame(), 48_000), false);
  assert.ok((started[1]?.atSeconds ?? 0) > context.currentTime);
});

test('clearing stops everything that is scheduled, and what comes next starts afresh', () => {
  const { context, started } = fakeAudio();
  const player = new playerModule.Player(() => context);
  for (let i = 0; i < 3; i += 1) player.play(frame(), 48_000);
  assert.ok(player.waitingSeconds > 0.05);
  player.clear();
  assert.equal(player.waitingSeconds, 0);
  for (const { stoppedAtSeconds } of started)
    assert.ok((stoppedAtSeconds ?? 99) < context.currentTime + 0.02);
  assert.equal(player.play(frame(), 48_000), false);
});

test('a pause suspends the audio clock and keeps what waits', async () => {
  const { context } = fakeAudio();
  const player = new playerModule.Player(() => context);
  player.play(frame(), 48_000);
  const before = player.waitingSeconds;
  await player.pause();
  assert.equal(context.state, 'suspended');
  assert.equal(player.waitingSeconds, before);
  await player.resume();
  assert.equal(context.state, 'running');
});

async function openServer(t: TestContext): Promise<{ server: WebSocketServer; url: string }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  await once(server, 'listening');
  const { port }: AddressInfo = addressOf(server);
  return { server, url: `ws://127.0.0.1:${port}/` };
}

function addressOf(server: WebSocketServer): AddressInfo {
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address;
}

test('the page subscribes to events, sends the base dialect and hands on what it gets', async (t) => {
  const { server, url } = await openServer(t);
  const received: string[] = [];
  const heard = Promise.withResolvers<unknown[]>();
  const ended = Promise.withResolvers<unknown[]>();
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      received.push(data.toString());
      if (received.length < 3) return;
      socket.send(JSON.stringify({ type: 'from_the_future' }));
      socket.send(
        JSON.stringify({ type: 'audio', pcm: 'AQID/w==', sample_rate: 48_000, frame_ms: 20, sequence: 1 }),
      );
      socket.send(JSON.stringify({ type: 'session_end', session_id: 's', reason: 'idle_timeout' }));
    });
    socket.send(JSON.stringify({ type: 'session_start', session_id: 's' }));
  });
  const conversation: ConversationLike = new conversationModule.Conversation(url, {
    session_start: () => {
      conversation.say('hi');
      conversation.control('STOP');
    },
    audio: (...parts) => heard.resolve(parts),
    session_end: (...parts) => ended.resolve(parts),
    closed: () => {},
  });
  const [pcm] = await heard.promise;
  assert.deepEqual(pcm, new Uint8Array([1, 2, 3, 255]));
  assert.deepEqual(await ended.promise, [{ type: 'session_end', session_id: 's', reason: 'idle_timeout' }]);
  assert.deepEqual(
    received.map((message): unknown => JSON.parse(message)),
    [
      { type: 'subscribe', events: ['state', 'utterance_start', 'utterance_end'] },
      { type: 'text', text: 'hi', is_final: true },
      { type: 'control', command: 'STOP' },
    ],
  );
});

test('the page is told of a bad message, and how its connection ended', async (t) => {
  const { server, url } = await openServer(t);
  server.on('connection', (socket) => {
    socket.send('{');
    socket.close(1012, 'server_shutdown');
  });
  const problem = Promise.withResolvers<unknown[]>();
  const closed = Promise.withResolvers<unknown[]>();
  const conversation = new conversationModule.Conversation(url, {
    error: (...parts) => problem.resolve(parts),
    closed: (...parts) => closed.resolve(parts),
  });
  assert.deepEqual(await problem.promise, [
    { code: 'CONNECTION_ERROR', message: 'The server sent something that is not JSON' },
  ]);
  assert.deepEqual(await closed.promise, [{ code: 1012, reason: 'server_shutdown', opened: false }]);
  assert.equal(conversation.ready, false);
  conversation.say('nobody hears this, and nothing is thrown');
});
