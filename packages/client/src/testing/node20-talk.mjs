// Run by the oldest Node that is promised, so plain JavaScript: talks over the built package.
import { WebSocket } from 'ws';

const [sdkUrl, nodeUrl, serverUrl] = process.argv.slice(2);
const { connect } = await import(sdkUrl);
const { createPcmPlayer } = await import(nodeUrl);
const played = [];
const sink = createPcmPlayer({
  output: { write: (samples) => void played.push(...samples), close: () => Promise.resolve() },
});
const session = await connect({
  url: serverUrl,
  sink,
  openWebSocket: (url, protocol) => new WebSocket(url, protocol),
});
session.sendAudio(new Int16Array(320));
session.say('Hello.');
const { reason } = await session.once('utteranceEnd');
while (played.length < 10 * 960) await session.once('played');
const end = await session.end();
await sink.close();
process.stdout.write(JSON.stringify({ version: process.version, reason, end, played }));
