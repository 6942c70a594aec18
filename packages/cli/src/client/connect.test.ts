import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { describe, test } from 'node:test';
import { CliError } from '../cli-error.ts';
import { type FakeServerOptions, greet, startFakeServer } from '../testing/fake-server.ts';
import { connect, type SpeechFrame } from './connect.ts';
import type { ConnectionEnd } from './connection-end.ts';
import { sessionUrl } from './session-url.ts';

interface Session {
  readonly connection: Awaited<ReturnType<typeof connect>>;
  readonly frames: SpeechFrame[];
  readonly end: Promise<ConnectionEnd>;
}

async function open(url: string): Promise<Session> {
  const frames: SpeechFrame[] = [];
  const end = Promise.withResolvers<ConnectionEnd>();
  const connection = await connect({
    url: sessionUrl({ url }),
    handlers: { onAudio: (frame) => frames.push(frame), onEvent: () => undefined, onEnd: end.resolve },
  });
  return { connection, frames, end: end.promise };
}

async function failureOf(url: string, timeoutMs = 5000): Promise<CliError> {
  const handlers = { onAudio: () => undefined, onEvent: () => undefined, onEnd: () => undefined };
  const error: unknown = await connect({ url: sessionUrl({ url }), handlers, timeoutMs }).then(
    () => assert.fail('it connected'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof CliError, String(error));
  return error;
}

async function failureWith(options: FakeServerOptions): Promise<CliError> {
  await using server = await startFakeServer(options);
  return await failureOf(server.url);
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return `ws://127.0.0.1:${address.port}`;
}

describe('connecting', () => {
  test('frames arrive decoded and in order, and leaving ends the session', async () => {
    await using server = await startFakeServer({
      onOpen: (session) => {
        greet(session);
        for (let sequence = 1; sequence <= 3; sequence += 1) session.sendFrame(sequence);
        session.send({ type: 'state', state: 'LISTENING' });
      },
      onMessage: (session) => session.sendFrame(4),
    });
    const { connection, frames, end } = await open(server.url);
    assert.equal(connection.sessionId, '550e8400-e29b-41d4-a716-446655440000');
    connection.send({ type: 'control', command: 'STOP' });
    while (frames.length < 4) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      frames.map((frame) => [frame.sequence, frame.pcm.byteLength, frame.pcm[0], frame.durationMs]),
      [1, 2, 3, 4].map((sequence) => [sequence, 1920, sequence, 20]),
    );
    await connection.close();
    await connection.close();
    assert.deepEqual(await end, { kind: 'closed' });
    assert.deepEqual(server.received, [{ type: 'control', command: 'STOP' }]);
  });

  test('nothing listening is told with how to start the server', async () => {
    const vacant = createServer();
    const url = await listen(vacant);
    vacant.close();
    await once(vacant, 'close');
    const error = await failureOf(url);
    assert.equal(error.code, 'UNREACHABLE');
    assert.equal(error.message, `Nothing listens at ${url}.`);
    assert.match(error.advice ?? '', /npm start/);
  });

  test('a server that answers with a web page is no Parley server', async () => {
    const error = await failureWith({
      refuse: (_request, response) => response.writeHead(200).end('<html>'),
    });
    assert.equal(error.code, 'NOT_PARLEY');
    assert.match(error.message, /answered with HTTP 200/);
  });

  test('a server of another kind is no Parley server', async () => {
    const ssh = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    const url = await listen(ssh);
    try {
      assert.equal((await failureOf(url)).code, 'NOT_PARLEY');
    } finally {
      ssh.close();
    }
  });

  test('a WebSocket server that says nothing is given up', async () => {
    await using server = await startFakeServer({ onOpen: () => undefined });
    const error = await failureOf(server.url, 50);
    assert.equal(error.code, 'NOT_PARLEY');
    assert.match(error.message, /does not answer/);
  });

  test('a server that never answers the upgrade is given up', async () => {
    const mute = createServer((socket) => socket.on('error', () => undefined).resume());
    const url = await listen(mute);
    try {
      const error = await failureOf(url, 50);
      assert.match(error.message, /does not answer/);
    } finally {
      mute.close();
    }
  });

  test('a full server says when to come back, and why', async () => {
    const error = await failureWith({
      refuse: (_request, response) =>
        response
          .writeHead(503, { 'Retry-After': '7' })
          .end(JSON.stringify({ error: { code: 'TOO_MANY_CONNECTIONS', message: 'no room' } })),
    });
    assert.equal(error.code, 'SERVER_FULL');
    assert.match(error.message, /no room/);
    assert.match(error.advice ?? '', /7 s/);
  });

  test('a server that wants a key refuses', async () => {
    const error = await failureWith({ refuse: (_request, response) => response.writeHead(401).end() });
    assert.equal(error.code, 'REFUSED');
    assert.match(error.message, /wants a key/);
  });

  test('a server that takes the connection only to say no is heard', async () => {
    const error = await failureWith({
      onOpen: (session) => {
        session.send({ type: 'error', code: 'TOO_MANY_CONNECTIONS', message: 'all places are taken' });
        session.close(1013, 'overload');
      },
    });
    assert.equal(error.code, 'SERVER_FULL');
    assert.match(error.message, /all places are taken/);
  });

  test('a server that shuts down while the client connects says so', async () => {
    const error = await failureWith({ onOpen: (session) => session.close(1012, 'server_shutdown') });
    assert.match(error.message, /is shutting down/);
  });

  test('an address that is none is a mistake in the command line', () => {
    for (const url of ['', 'ftp://x', 'ws://', 'a b', 'ws://x:99999']) {
      assert.throws(() => sessionUrl({ url }), { code: 'USAGE' }, url);
    }
  });

  test('voice, language and model go into the query, whatever is in them', () => {
    const url = sessionUrl({ url: 'https://h:1/ws?a=b', voice: 'ä&b', language: 'de', modelId: 'm' });
    assert.equal(url.href, 'wss://h:1/ws?a=b&voice=%C3%A4%26b&language=de&model_id=m');
    assert.equal(sessionUrl({ url: 'localhost:8080' }).href, 'ws://localhost:8080/');
  });
});

describe('the end of a session', () => {
  test('the reason the server gives is told', async () => {
    await using server = await startFakeServer({
      onMessage: (session) => {
        session.send({ type: 'session_end', session_id: 's', reason: 'server_shutdown' });
        session.close(1012);
      },
    });
    const { connection, end } = await open(server.url);
    connection.send({ type: 'control', command: 'STOP' });
    assert.deepEqual(await end, { kind: 'session_ended', reason: 'server_shutdown' });
  });

  test('a connection that is cut is lost', async () => {
    await using server = await startFakeServer({ onMessage: (session) => session.cut() });
    const { connection, end } = await open(server.url);
    connection.send({ type: 'control', command: 'STOP' });
    assert.deepEqual(await end, { kind: 'lost' });
  });

  test('a close without session_end keeps its code and reason', async () => {
    await using server = await startFakeServer({ onMessage: (session) => session.close(1013, 'slow') });
    const { connection, end } = await open(server.url);
    connection.send({ type: 'control', command: 'STOP' });
    assert.deepEqual(await end, { kind: 'server_closed', code: 1013, reason: 'slow' });
  });
});
