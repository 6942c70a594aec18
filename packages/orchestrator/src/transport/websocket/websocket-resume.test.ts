import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { loadResampler } from '@parley/audio';
import { silentLogger } from '@parley/testkit';
import { WebSocket } from 'ws';
import { SessionStage, settled } from '../../session/testing/session-stage.ts';
import { WebSocketTransport } from './websocket-transport.ts';

/** Serves the sessions of a stage; gives the address without its scheme. */
async function serve(t: TestContext, { manager, clock }: SessionStage): Promise<string> {
  const transport = new WebSocketTransport({
    host: manager,
    clock,
    logger: silentLogger,
    policy: { allowedOrigins: [], maxConnections: 10 },
    limits: { messagesPerSecond: 0, maxMessageBytes: 65_536 },
    leadMs: { base: 60, v1: 200 },
    resamplers: await loadResampler(),
    pingIntervalMs: 0,
    onRefused() {},
  });
  const http = createServer();
  http.on('upgrade', (request, socket, head) => transport.upgrade(request, socket, head));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  t.after(async () => {
    await transport.close();
    http.closeAllConnections();
    http.close();
    await once(http, 'close');
  });
  return `127.0.0.1:${(http.address() as AddressInfo).port}`;
}

/** A client of `parley.v1` that knows nothing of closing. */
async function rawClient(t: TestContext, address: string): Promise<Socket> {
  const raw = connect({ port: Number(address.split(':')[1]), host: '127.0.0.1' });
  t.after(() => raw.destroy());
  const headers = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Protocol: parley.v1'];
  raw.write(`GET / HTTP/1.1\r\nHost: ${address}\r\n${headers.join('\r\n')}\r\n\r\n`);
  await once(raw, 'data');
  raw.resume();
  return raw;
}

const FRAME_TYPES = { text: 1, binary: 2, close: 8 } as const;

/** A whole message of a client, masked with zeros. */
function frameOf(type: keyof typeof FRAME_TYPES, payload: string = ''): Buffer {
  const body = Buffer.from(payload);
  return Buffer.concat([Buffer.from([0x80 | FRAME_TYPES[type], 0x80 | body.length, 0, 0, 0, 0]), body]);
}

test('what a replaced connection still brings is not taken: the client has sent it again', async (t) => {
  const stage = new SessionStage();
  const address = await serve(t, stage);
  const stalled = await rawClient(t, address);
  const socket = new WebSocket(`ws://${address}/?resume=token-1&samples=0&events=1`, 'parley.v1');
  t.after(() => socket.terminate());
  const [greeting] = (await once(socket, 'message')) as [Buffer];
  const { resumed, client_messages } = JSON.parse(greeting.toString('utf8')) as Record<string, unknown>;
  assert.deepEqual({ resumed, client_messages }, { resumed: true, client_messages: 0 });
  const text = '{"type":"text","text":"Hello."}';
  socket.send(text);
  while (stage.speech.asked.length === 0) await settled();
  stalled.write(frameOf('text', text));
  stalled.write(frameOf('binary', '\0\0'));
  stalled.write(frameOf('text', '{"type":"control","command":"STOP"}'));
  stalled.write(frameOf('close'));
  await once(stalled, 'close');
  assert.equal(stage.asked(0).cancelled, false);
  assert.equal(stage.ears, undefined);
  stage.asked(0).finish({ kind: 'completed' });
  await settled();
  assert.deepEqual(
    stage.speech.asked.map((asked) => asked.text),
    ['Hello.'],
  );
});
