import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ERRORS, type ClientMessageV1, type ErrorCode, type ServerMessage } from '@parley/protocol';
import { loadResampler } from '@parley/audio';
import { FakeClock, SESSION_SETTINGS, silentLogger } from '@parley/testkit';
import { WebSocket } from 'ws';
import type { ClientArrival, OpenResult, ResumeResult, SessionHost } from '../base.ts';
import type { EventMessage } from '../../session/ports/client-link.ts';
import type { MessageFault } from '../../session/message-fault.ts';
import { WebSocketTransport, type WebSocketTransportOptions } from './websocket-transport.ts';

const SESSION_START: Extract<EventMessage, { type: 'session_start' }> = {
  type: 'session_start',
  session_id: '',
  protocol: 'parley.v1',
  resume_token: 'token',
  resumed: false,
  client_messages: 0,
  settings: SESSION_SETTINGS,
  limits: {
    max_message_bytes: 65_536,
    max_text_characters: 10_000,
    max_queued_characters: 50_000,
    resume_window_seconds: 30,
  },
};

/** Takes every client and writes down what its transport does. */
class RecordingHost implements SessionHost {
  readonly arrivals: ClientArrival[] = [];
  readonly received: ClientMessageV1[] = [];
  readonly told: string[] = [];
  readonly ended = Promise.withResolvers<string>();
  microphoneMessages = 0;
  audioFault: MessageFault | undefined;
  draining = false;
  /** What a client is told while it comes in. */
  missed: readonly EventMessage[] = [];
  #waiting: (() => void)[] = [];

  open(arrival: ClientArrival): OpenResult {
    if (this.draining) return { kind: 'draining' };
    this.arrivals.push(arrival);
    const tell = (code: ErrorCode, message: string): void => {
      this.told.push(`${code}: ${message}`);
      arrival.link.send({ type: 'error', code, message });
      this.#changed();
    };
    arrival.link.send({ ...SESSION_START, session_id: `s${this.arrivals.length}` });
    for (const message of this.missed) arrival.link.send(message);
    this.#changed();
    return {
      kind: 'opened',
      session: {
        sessionId: `s${this.arrivals.length}`,
        admit: () => true,
        receive: (message) => {
          this.received.push(message);
          this.#changed();
          return undefined;
        },
        receiveAudio: () => {
          this.microphoneMessages += 1;
          this.#changed();
          return this.audioFault;
        },
        tellError: tell,
        fail: (code, message) => {
          tell(code, message);
          arrival.link.close(ERRORS[code].closeCode ?? 1011, code);
        },
        end: (reason) => this.ended.resolve(reason),
        left: () => this.ended.resolve('client_disconnect'),
        disconnected: () => this.ended.resolve('client_disconnect'),
      },
    };
  }

  resume(): ResumeResult {
    return { kind: 'failed', problem: 'no such session' };
  }

  /** Resolves when `condition` holds; looked at after every call of the transport. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  #changed(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

describe('the WebSocket transport', () => {
  let clock: FakeClock;
  let host: RecordingHost;
  let http: Server;
  let transport: WebSocketTransport;
  let url: string;
  let refused: string[];
  const clients: WebSocket[] = [];

  beforeEach(async () => {
    await serve({});
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.terminate();
    await stop();
  });

  async function serve(changes: Partial<WebSocketTransportOptions>): Promise<void> {
    clock = new FakeClock();
    host = new RecordingHost();
    refused = [];
    transport = new WebSocketTransport({
      host,
      clock,
      logger: silentLogger,
      policy: { allowedOrigins: ['https://app.example'], maxConnections: 2 },
      limits: { messagesPerSecond: 50, maxMessageBytes: 65_536 },
      leadMs: { base: 60, v1: 200 },
      resamplers: await loadResampler(),
      pingIntervalMs: 20_000,
      onRefused: (code) => refused.push(code),
      ...changes,
    });
    http = createServer();
    http.on('upgrade', (request, socket, head) => transport.upgrade(request, socket, head));
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    await transport.start();
    url = `127.0.0.1:${(http.address() as AddressInfo).port}`;
  }

  async function stop(): Promise<void> {
    await transport.close();
    http.closeAllConnections();
    http.close();
    await once(http, 'close');
  }

  /** A connected client and the messages it gets, from the first on. */
  async function client(
    query = '',
    options: { origin?: string } = {},
  ): Promise<{ socket: WebSocket; messages: ServerMessage[] }> {
    const socket = new WebSocket(`ws://${url}/${query}`, options);
    clients.push(socket);
    const messages: ServerMessage[] = [];
    socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString('utf8')) as ServerMessage));
    await once(socket, 'open');
    return { socket, messages };
  }

  /** The plain HTTP answer to an upgrade request that is refused. */
  async function refusal(
    headers: Record<string, string> = {},
  ): Promise<{ status: number; retryAfter?: string; body: string }> {
    const request = get(`http://${url}/`, {
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
      },
    });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let body = '';
    for await (const chunk of response) body += String(chunk);
    const retryAfter = response.headers['retry-after'];
    return { status: response.statusCode ?? 0, body, ...(retryAfter !== undefined && { retryAfter }) };
  }

  test('gives each client a session and hands its messages over in order', async () => {
    const { socket } = await client('?language=de&voice=f1&unknown=x');
    socket.send('{"type":"text","text":"Hallo"}');
    socket.send('{"type":"control","command":"STOP"}');
    await host.until(() => host.received.length === 2);
    assert.deepEqual(host.received, [
      { type: 'text', text: 'Hallo', is_final: true },
      { type: 'control', command: 'STOP' },
    ]);
    assert.deepEqual(host.arrivals[0]?.metadata, { language: 'de', voice: 'f1' });
  });

  test('writes audio as the documented JSON message', async () => {
    const { socket, messages } = await client();
    const frame = Uint8Array.from({ length: 1920 }, (_, index) => index % 251);
    host.arrivals[0]?.link.sendAudio(frame, 7, 0, 5760);
    while (messages.length < 2) await once(socket, 'message');
    assert.deepEqual(messages[1], {
      type: 'audio',
      pcm: Buffer.from(frame).toString('base64'),
      sample_rate: 48_000,
      frame_ms: 20,
      sequence: 7,
    });
  });

  test('tells events only to clients that asked for them', async () => {
    const { socket, messages } = await client();
    const link = host.arrivals[0]?.link;
    link?.send({ type: 'state', state: 'SPEAKING' });
    socket.send('{"type":"subscribe","events":["state"]}');
    await host.until(() => host.received.length === 1);
    link?.send({ type: 'state', state: 'LISTENING' });
    link?.send({ type: 'utterance_start', utterance_id: 'u1', generation: 0 });
    link?.send({ type: 'session_end', session_id: 's1', reason: 'completed' });
    while (messages.at(-1)?.type !== 'session_end') await once(socket, 'message');
    assert.deepEqual(
      messages.map((message) => (message.type === 'state' ? message.state : message.type)),
      ['session_start', 'LISTENING', 'session_end'],
    );
  });

  test('answers faulty messages with an error each and the session goes on, until the twentieth', async () => {
    const { socket } = await client();
    const faulty = [
      '',
      '{',
      '[]',
      'null',
      '{"type":"dance"}',
      '{"type":"text"}',
      '{"type":"text","text":""}',
    ];
    for (const message of faulty) socket.send(message);
    socket.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]), { binary: false });
    await host.until(() => host.told.length === 8);
    assert.ok(host.told.every((line) => line.startsWith('INVALID_MESSAGE: ')));
    assert.match(host.told.at(-1) ?? '', /UTF-8/);
    socket.send('{"type":"control","command":"PAUSE"}');
    await host.until(() => host.received.length === 1);
    const closed = once(socket, 'close');
    for (let count = 9; count <= 20; count += 1) socket.send('{');
    const [code] = (await closed) as [number];
    assert.equal(code, 1008);
    assert.equal(host.told.length, 20);
  });

  test('forgets faults that are older than the window', async () => {
    const { socket } = await client();
    for (let batch = 1; batch <= 4; batch += 1) {
      for (let count = 0; count < 15; count += 1) socket.send('{');
      await host.until(() => host.told.length === batch * 15);
      clock.advance(10_000);
    }
    assert.equal(socket.readyState, WebSocket.OPEN);
  });

  test('drops what comes too fast, but never a control message', async () => {
    const { socket } = await client();
    for (let count = 0; count < 105; count += 1) socket.send('{"type":"text","text":"x"}');
    socket.send('{"type":"control","command":"STOP"}');
    await host.until(() => host.received.at(-1)?.type === 'control');
    assert.equal(host.received.length, 101);
    assert.equal(host.told.length, 5);
    assert.match(host.told[0] ?? '', /^RATE_LIMITED: .*50 messages a second/);
    clock.advance(1000);
    socket.send('{"type":"text","text":"y"}');
    await host.until(() => host.received.length === 102);
  });

  test('closes a connection with 1009 for a message that is too large', async () => {
    const { socket } = await client();
    const closed = once(socket, 'close');
    socket.send('x'.repeat(65_537));
    assert.deepEqual((await closed)[0], 1009);
    assert.match(host.told[0] ?? '', /^MESSAGE_TOO_LARGE: .*65536 bytes.*65537/);
    assert.equal(await host.ended.promise, 'client_disconnect');
  });

  test('cuts a message off that is far too large, without reading it', async () => {
    const { socket } = await client();
    const closed = once(socket, 'close');
    socket.send('x'.repeat(1_000_000));
    assert.deepEqual((await closed)[0], 1009);
  });

  test('limits control messages too, apart from the others', async () => {
    const { socket } = await client();
    for (let count = 0; count < 110; count += 1) socket.send('{"type":"control","command":"PAUSE"}');
    socket.send('{"type":"text","text":"x"}');
    await host.until(() => host.received.at(-1)?.type === 'text');
    assert.equal(host.received.length, 101);
    assert.equal(host.told.length, 10);
  });

  test('hands over binary messages as microphone audio', async () => {
    const { socket } = await client();
    socket.send(new Uint8Array(640));
    await host.until(() => host.microphoneMessages === 1);
  });

  test('counts faulty audio among the faults that end a connection', async () => {
    host.audioFault = { code: 'INVALID_MESSAGE', problem: 'odd' };
    const { socket } = await client();
    const closed = once(socket, 'close');
    for (let count = 0; count < 30; count += 1) socket.send(new Uint8Array(3));
    assert.equal((await closed)[0], 1008);
    assert.ok(host.told.length >= 20);
  });

  test('gives a client up that leaves its messages unread', async () => {
    const raw = connect({ port: Number(url.split(':')[1]), host: '127.0.0.1' });
    raw.write(`GET / HTTP/1.1\r\nHost: ${url}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    raw.pause();
    await host.until(() => host.arrivals.length === 1);
    const message = 'x'.repeat(100_000);
    for (let count = 0; count < 200 && host.told.length === 0; count += 1) {
      host.arrivals[0]?.link.send({ type: 'error', code: 'INTERNAL_ERROR', message });
    }
    assert.match(host.told[0] ?? '', /^SLOW_CONSUMER/);
    raw.destroy();
    await host.ended.promise;
  });

  test('gives a client up, too, that leaves unread what it was told while it came in', async () => {
    const message = { type: 'error', code: 'INTERNAL_ERROR', message: 'x'.repeat(100_000) } as const;
    host.missed = Array.from({ length: 200 }, () => message);
    const raw = connect({ port: Number(url.split(':')[1]), host: '127.0.0.1' });
    raw.write(`GET / HTTP/1.1\r\nHost: ${url}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    raw.pause();
    await host.until(() => host.arrivals.length === 1);
    assert.deepEqual(host.told, [], 'it could not have read that yet');
    host.arrivals[0]?.link.send(message);
    assert.match(host.told[0] ?? '', /^SLOW_CONSUMER/);
    assert.equal(host.told.length, 1);
    raw.destroy();
    await host.ended.promise;
  });

  test('tells the session when its client goes away', async () => {
    const { socket } = await client();
    socket.terminate();
    assert.equal(await host.ended.promise, 'client_disconnect');
    assert.equal(transport.connections, 0);
  });

  test('cuts a client that misses two pings, and keeps one that answers', async () => {
    const { socket } = await client();
    const ponged = once(socket, 'ping');
    clock.advance(20_000);
    await ponged;
    const raw = connect({ port: Number(url.split(':')[1]), host: '127.0.0.1' });
    raw.write(
      `GET / HTTP/1.1\r\nHost: ${url}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    await host.until(() => host.arrivals.length === 2);
    const rawClosed = once(raw, 'close');
    raw.resume();
    for (let pings = 0; pings < 3; pings += 1) {
      const pinged = once(socket, 'ping');
      clock.advance(20_000);
      await pinged;
      socket.send('{"type":"control","command":"PAUSE"}');
      await host.until(() => host.received.length === pings + 1);
    }
    await rawClosed;
    assert.equal(socket.readyState, WebSocket.OPEN);
  });

  test('knows by its pings how long audio takes to a client', async () => {
    const { socket } = await client();
    const link = host.arrivals[0]?.link;
    // Behind the ping that was sent at first, and what is sent after it behind the pong.
    const told = once(socket, 'message');
    link?.send({ type: 'error', code: 'UNSUPPORTED', message: 'not here' });
    await told;
    socket.send('{"type":"control","command":"PAUSE"}');
    await host.until(() => host.received.length === 1);
    assert.equal(link?.latencyMs, 60, 'what it buffers, as no time has passed on the way');
    clock.advance(20_000);
    clock.advance(80);
    await once(socket, 'ping');
    socket.send('{"type":"control","command":"PAUSE"}');
    await host.until(() => host.received.length === 2);
    assert.equal(link?.latencyMs, 60 + 40);
  });

  test('cuts a connection whose peer does not take part in closing', async () => {
    const raw = connect({ port: Number(url.split(':')[1]), host: '127.0.0.1' });
    raw.write(`GET / HTTP/1.1\r\nHost: ${url}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    await host.until(() => host.arrivals.length === 1);
    raw.resume();
    const closed = once(raw, 'close');
    host.arrivals[0]?.link.close(1000, 'idle_timeout');
    clock.advance(2000);
    await closed;
    assert.equal(transport.connections, 0);
  });

  test('answers a request with nothing but the two upgrade headers with 101', async () => {
    const raw = connect({ port: Number(url.split(':')[1]), host: '127.0.0.1' });
    raw.write(`GET / HTTP/1.1\r\nHost: ${url}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    const [answer] = (await once(raw, 'data')) as [Buffer];
    raw.destroy();
    assert.match(answer.toString('latin1'), /^HTTP\/1\.1 101 /);
    await host.ended.promise;
  });

  test('refuses the client beyond the most connections with 503 and when to come back', async () => {
    await client();
    await client();
    const answer = await refusal();
    assert.equal(answer.status, 503);
    assert.equal(answer.retryAfter, '2');
    assert.match(answer.body, /TOO_MANY_CONNECTIONS/);
    assert.deepEqual(refused, ['TOO_MANY_CONNECTIONS']);
    assert.equal(host.arrivals.length, 2);
  });

  test('takes a client again when one has left', async () => {
    const { socket } = await client();
    await client();
    socket.close();
    await host.ended.promise;
    await client();
    assert.equal(host.arrivals.length, 3);
  });

  test('lets in programs and pages of allowed origins only', async () => {
    await client('', { origin: 'https://app.example' });
    await client('', { origin: `http://${url}` });
    for (const origin of ['https://evil.example', 'null', 'https://app.example.evil']) {
      const answer = await refusal({ Origin: origin });
      assert.equal(answer.status, 403, origin);
      assert.match(answer.body, /FORBIDDEN_ORIGIN/);
    }
  });

  test('refuses everybody while it drains', async () => {
    transport.drain();
    const answer = await refusal();
    assert.equal(answer.status, 503);
    assert.match(answer.body, /SHUTTING_DOWN/);
    assert.ok(Number(answer.retryAfter) > 0);
  });

  test('closes with 1012 a client that came in while the service began to drain', async () => {
    host.draining = true;
    const socket = new WebSocket(`ws://${url}/`);
    clients.push(socket);
    const [code] = (await once(socket, 'close')) as [number];
    assert.equal(code, 1012);
  });
});
