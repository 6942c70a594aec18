// The floor under every measurement: the smallest program that does a voice server's work on the wire. A text
// opens a Synthesize call, and every frame of it goes to the client as it comes. No session, no pacing, no
// re-framing, no checks. Run as `bare-pipe.ts <worker host:port> <port>`; tells over IPC when it listens.
import { type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import { type AudioFrame, type TextChunk, TTSServiceClient } from '@parley/worker-api';
import { type WebSocket, WebSocketServer } from 'ws';
import { reportListening } from './processes/listening.ts';

const [worker = '127.0.0.1:7001', port = '8081'] = process.argv.slice(2);
// As many as the server puts on one, with the same window: nghttp2 serves the streams of a connection in the order
// of their ids, so that a connection which is too narrow for all starves the youngest.
const clientsPerWorkerConnection = 32;
const options = {
  'grpc.use_local_subchannel_pool': 1,
  'grpc-node.flow_control_window': 128 * 1024,
  'grpc.enable_channelz': 0,
};
let client = connectToWorker();
let clients = 0;

const server = new WebSocketServer({
  port: Number(port),
  host: '127.0.0.1',
  perMessageDeflate: false,
  backlog: 4096,
});
server.on('listening', () => reportListening(Number(port)));
server.on('connection', (socket) => {
  clients += 1;
  if (clients % clientsPerWorkerConnection === 0) client = connectToWorker();
  serve(socket, `bare-${clients}`, client);
});
process.on('SIGTERM', () => process.exit(0));

function connectToWorker(): TTSServiceClient {
  return new TTSServiceClient(worker, credentials.createInsecure(), options);
}

function serve(socket: WebSocket, sessionId: string, client: TTSServiceClient): void {
  let call: ClientDuplexStream<TextChunk, AudioFrame> | undefined;
  socket.send(JSON.stringify({ type: 'session_start', session_id: sessionId }));
  socket.on('message', (data: Buffer) => {
    const message: unknown = JSON.parse(data.toString());
    // Any other message is taken for STOP.
    call?.cancel();
    call = isText(message) ? speak(socket, sessionId, client, message.text) : undefined;
  });
  socket.on('close', () => {
    call?.cancel();
    client.endSession({ sessionId }, () => {});
  });
}

function speak(
  socket: WebSocket,
  sessionId: string,
  client: TTSServiceClient,
  text: string,
): ClientDuplexStream<TextChunk, AudioFrame> {
  const call = client.synthesize();
  let sequence = 0;
  call.on('error', () => {});
  call.on('data', ({ audioData }: AudioFrame) => {
    if (audioData.length === 0) return;
    sequence += 1;
    const pcm = audioData.toString('base64');
    const json = `{"type":"audio","pcm":"${pcm}","sample_rate":48000,"frame_ms":20,"sequence":${sequence}}`;
    socket.send(Buffer.from(json, 'latin1'), { binary: false });
  });
  client.startSession({ sessionId, modelId: '', options: {} }, (error) => {
    if (error !== null) return socket.close(1011, error.message);
    call.write({ sessionId, text, isFinal: true, sequenceNumber: 1 });
    call.end();
  });
  return call;
}

function isText(message: unknown): message is { readonly text: string } {
  return typeof message === 'object' && message !== null && 'text' in message;
}
