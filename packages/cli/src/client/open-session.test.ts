import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { describe, test } from 'node:test';
import { CliError } from '../cli-error.ts';
import { type FakeServerOptions, greet, startFakeServer } from '../testing/fake-server.ts';
import type { ConnectionEnd } from './connection-end.ts';
import { openSession, type OpenedSession } from './open-session.ts';
import { sessionUrl } from './session-url.ts';

/** So that a test need not wait for what nobody gives back. */
const AT_ONCE = { maxAttempts: 2, firstDelayMs: 1, maxDelayMs: 1 };

async function open(url: string): Promise<OpenedSession & { readonly end: Promise<ConnectionEnd> }> {
  const end = Promise.withResolvers<ConnectionEnd>();
  const opened = await openSession({ url: sessionUrl({ url }), reconnect: AT_ONCE, onEnd: end.resolve });
  return { ...opened, end: end.promise };
}

async function failureOf(url: string, timeoutMs = 5000): Promise<CliError> {
  const error: unknown = await openSession({
    url: sessionUrl({ url }),
    timeoutMs,
    onEnd: () => undefined,
  }).then(
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
  test('what comes with the greeting finds who waits for it, and leaving ends the session', async () => {
    await using server = await startFakeServer({
      onOpen: (session) => {
        greet(session);
        session.sendFrame(1);
        session.send({ type: 'error', code: 'INTERNAL_ERROR', message: 'early' });
      },
    });
    const opened = await openSession({
      url: sessionUrl({ url: server.url }),
      onEnd: () => assert.fail('leaving is no end that anybody must be told'),
    });
    const { session } = opened;
    const seen: string[] = [];
    session.on('audio', ({ samples }) => seen.push(`${samples.length} samples`));
    session.on('error', ({ message }) => seen.push(message));
    while (seen.length < 2) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(seen, ['960 samples', 'early']);
    session.stop();
    await opened.close();
    await opened.close();
    assert.deepEqual(await session.ended, { kind: 'closed' });
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
        session.send({ type: 'session_end', session_id: 's', reason: 'idle_timeout' });
        session.close(1000);
      },
    });
    const { session, end } = await open(server.url);
    session.stop();
    assert.deepEqual(await end, { kind: 'session_ended', reason: 'idle_timeout' });
  });

  test('a server that shuts down ends it at once, though another one may be there soon', async () => {
    await using server = await startFakeServer({
      onMessage: (session) => {
        session.send({ type: 'session_end', session_id: 's', reason: 'server_shutdown' });
        session.close(1012, 'server_shutdown; retry_after_ms=60000');
      },
    });
    const opened = await open(server.url);
    opened.session.stop();
    assert.deepEqual(await opened.end, { kind: 'session_ended', reason: 'server_shutdown' });
    await opened.close();
  });

  test('a connection that is cut and cannot be taken up again is lost', async () => {
    await using server = await startFakeServer({ onMessage: (session) => session.cut() });
    const opened = await open(server.url);
    opened.session.stop();
    assert.deepEqual(await opened.end, { kind: 'lost' });
    await opened.close();
  });

  test('a server that is gone is lost after some attempts', async () => {
    const server = await startFakeServer();
    const { end } = await open(server.url);
    await server[Symbol.asyncDispose]();
    assert.deepEqual(await end, { kind: 'lost' });
  });

  test('a close without session_end keeps its code and reason', async () => {
    await using server = await startFakeServer({
      onMessage: (session) => session.close(1008, 'too many mistakes'),
    });
    const { session, end } = await open(server.url);
    session.stop();
    assert.deepEqual(await end, { kind: 'server_closed', code: 1008, reason: 'too many mistakes' });
  });
});
