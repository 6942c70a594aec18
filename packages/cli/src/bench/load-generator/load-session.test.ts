import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { type WebSocket, WebSocketServer } from 'ws';
import { AudioMessageReader, frameBytes, frameSamples } from './audio-message-reader.ts';
import { createFrameTally, type FrameTally } from './frame-tally.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { LoadSession } from './load-session.ts';

let server: WebSocketServer;
let url: string;

before(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  url = `ws://127.0.0.1:${address.port}/`;
});

after(() => {
  for (const client of server.clients) client.terminate();
  server.close();
});

/** What the client counts when the server sends these messages and then closes. */
async function countWhatIsSent(messages: readonly string[]): Promise<FrameTally> {
  const tally = createFrameTally();
  const connected = once(server, 'connection');
  const session = await LoadSession.connect({
    url,
    reader: new AudioMessageReader(),
    tally,
    firstAudio: new LatencyHistogram(),
    content: 'counted',
  });
  const [socket] = (await connected) as [WebSocket];
  const spoken = once(socket, 'message');
  session.speak('hello');
  await spoken;
  for (const message of messages) socket.send(message);
  socket.close(1011, 'done');
  await session.ended;
  return tally;
}

/** Frame `index` of counted samples, with this sequence number. */
function audio(sequence: number, index: number): string {
  const pcm = Buffer.alloc(frameBytes);
  for (let sample = 0; sample < frameSamples; sample += 1) {
    pcm.writeUInt16LE((index * frameSamples + sample) & 0xffff, sample * 2);
  }
  return audioOf(pcm, sequence);
}

function audioOf(pcm: Buffer, sequence: number): string {
  return JSON.stringify({
    type: 'audio',
    pcm: pcm.toString('base64'),
    sample_rate: 48_000,
    frame_ms: 20,
    sequence,
  });
}

test('finds nothing wrong with frames in order', async () => {
  const messages = Array.from({ length: 200 }, (_, index) => audio(index + 1, index));
  const tally = await countWhatIsSent(messages);
  assert.equal(tally.frames, 200);
  assert.equal(tally.contentChecked, 200);
  assert.equal(tally.lost + tally.duplicates + tally.gaps + tally.contentBreaks + tally.wrongSize, 0);
});

test('counts missing and repeated sequence numbers', async () => {
  const tally = await countWhatIsSent([audio(1, 0), audio(4, 1), audio(4, 2), audio(5, 3)]);
  assert.equal(tally.lost, 2);
  assert.equal(tally.gaps, 1);
  assert.equal(tally.duplicates, 1);
  assert.equal(tally.contentBreaks, 0);
});

test('counts lost, repeated and swapped audio under sound sequence numbers', async () => {
  assert.equal((await countWhatIsSent([audio(1, 0), audio(2, 2)])).contentBreaks, 1);
  assert.equal((await countWhatIsSent([audio(1, 0), audio(2, 0), audio(3, 1)])).contentBreaks, 1);
  assert.equal((await countWhatIsSent([audio(1, 0), audio(2, 2), audio(3, 1)])).contentBreaks, 2);
});

test('sees a single wrong sample in the frames it compares as a whole', async () => {
  const broken = Buffer.alloc(frameBytes);
  for (let sample = 0; sample < frameSamples; sample += 1) {
    broken.writeUInt16LE((63 * frameSamples + sample) & 0xffff, sample * 2);
  }
  broken.writeUInt16LE(1, 500);
  const messages = Array.from({ length: 63 }, (_, index) => audio(index + 1, index));
  assert.equal((await countWhatIsSent([...messages, audioOf(broken, 64)])).contentBreaks, 1);
});

test('counts frames of a wrong size, errors, and ends it did not ask for', async () => {
  const tally = await countWhatIsSent([
    JSON.stringify({ type: 'error', code: 'SYNTHESIS_FAILED', message: 'no voice' }),
    audioOf(Buffer.alloc(frameBytes / 2), 1),
  ]);
  assert.equal(tally.errors, 1);
  assert.equal(tally.wrongSize, 1);
  assert.equal(tally.disconnects, 1);
  assert.equal(tally.firstError, 'error SYNTHESIS_FAILED: no voice');
});
