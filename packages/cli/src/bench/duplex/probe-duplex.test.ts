import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { AUDIO_HEADER_BYTES, AUDIO_KINDS, PARLEY_V1, writeAudioHeader } from '@parley/protocol';
import { WebSocketServer, type WebSocket } from 'ws';
import type { DuplexProbes } from './duplex-messages.ts';
import { DuplexSession, type DuplexTally } from './duplex-session.ts';
import { probeDuplex } from './probe-duplex.ts';
import { quietRoom, type MicrophoneFrames } from './user-audio.ts';

const FRAME_MS = 20;
const FRAME_SAMPLES = 960;
/** Frames of a voice after which the server decides. */
const DECISION_FRAMES = 10;
const CONFIRM_MS = 500;

/** 1.5 s that this server takes for a voice. */
const LOUD: MicrophoneFrames = Array.from({ length: 75 }, () => new Uint8Array(640).fill(0x20));

/** A server that speaks without end, and falls silent `lateMs` after it has decided or was told to. */
function converse(socket: WebSocket, lateMs: number): void {
  let sequence = 0;
  let generation = 0;
  let isSpeaking = false;
  let heardFrames = 0;
  let loudFrames = 0;
  const send = (message: object): void => socket.send(JSON.stringify(message));
  const later = (act: () => void): void => void setTimeout(act, lateMs);
  const speech = setInterval(() => {
    if (!isSpeaking) return;
    const frame = Buffer.alloc(AUDIO_HEADER_BYTES + 2 * FRAME_SAMPLES);
    const first = sequence * FRAME_SAMPLES;
    sequence += 1;
    writeAudioHeader(frame, 0, AUDIO_KINDS.pcm_s16le, 0, generation, sequence, first);
    for (let i = 0; i < FRAME_SAMPLES; i += 1)
      frame.writeInt16LE(((first + i) << 16) >> 16, AUDIO_HEADER_BYTES + 2 * i);
    socket.send(frame);
  }, FRAME_MS);
  const clear = (): void => {
    isSpeaking = false;
    send({ type: 'clear', generation });
    generation += 1;
  };
  const hear = (audio: Buffer): void => {
    heardFrames += 1;
    loudFrames = audio[0] === 0x20 ? loudFrames + 1 : 0;
    if (loudFrames !== DECISION_FRAMES) return;
    const decidedAtMs = heardFrames * FRAME_MS;
    later(() => {
      isSpeaking = false;
      send({ type: 'pause', generation });
      send({ type: 'speech_started', at_ms: decidedAtMs - 200, decided_at_ms: decidedAtMs });
      setTimeout(clear, CONFIRM_MS);
    });
  };
  const obey = (text: string): void => {
    if (text.includes('PAUSE')) later(() => (isSpeaking = false));
    else if (text.includes('STOP')) later(clear);
    else isSpeaking = true;
  };
  socket.on('message', (data: Buffer, isBinary) => (isBinary ? hear(data) : obey(data.toString())));
  socket.on('close', () => clearInterval(speech));
  send({ type: 'session_start' });
}

async function probe(t: TestContext, lateMs: number): Promise<DuplexProbes> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => PARLEY_V1 });
  server.on('connection', (socket: WebSocket) => converse(socket, lateMs));
  await once(server, 'listening');
  t.after(async () => {
    for (const client of server.clients) client.terminate();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const tally: DuplexTally = {
    frames: 0,
    lost: 0,
    duplicates: 0,
    broken: 0,
    errors: 0,
    falseAlarms: 0,
    firstError: undefined,
    framesOut: 0,
  };
  const session = await DuplexSession.connect({
    url: `ws://127.0.0.1:${address.port}`,
    tally,
    quiet: quietRoom(),
  });
  t.after(() => session.close());
  const microphone = setInterval(() => session.sendMicrophone(), FRAME_MS);
  t.after(() => clearInterval(microphone));
  const speaks = session.nextFrame();
  session.speak('text');
  await speaks;
  const probes = await probeDuplex([session], 'text', LOUD);
  assert.equal(tally.firstError, undefined);
  assert.deepEqual(
    [tally.lost, tally.duplicates, tally.broken, probes.missed, probes.failedResumes],
    [0, 0, 0, 0, 0],
  );
  return probes;
}

test('a server that falls silent late after its decision, a PAUSE or a STOP is measured to be late', async (t) => {
  const lateMs = 200;
  const [prompt, late] = await Promise.all([probe(t, 0), probe(t, lateMs)]);
  // The last frame can be a whole frame before the silence; nothing else is asked of the machine's clock.
  for (const name of ['decisionToLastFrameMs', 'decisionToHoldMs', 'pauseMs', 'stopMs'] as const) {
    assert.ok(late[name].p50 >= lateMs - 2 * FRAME_MS, `${name}: ${late[name].p50}`);
    assert.ok(
      late[name].p50 > prompt[name].p50,
      `${name}: ${late[name].p50}, and ${prompt[name].p50} when prompt`,
    );
  }
  assert.ok(late.onsetToLastFrameMs.p50 > prompt.onsetToLastFrameMs.p50);
});
