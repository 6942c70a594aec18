import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import {
  type ClientHttp2Stream,
  constants,
  createSecureServer,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { makeTestCertificate, skipWithout } from '@parley/testkit';
import { StreamConnection } from './stream-connection.ts';

const skipTls = skipWithout('openssl');

interface Server {
  readonly port: number;
  readonly sessions: ServerHttp2Session[];
}

/** A server that answers the headers of every call and nothing more. */
async function listen(t: TestContext, server: Http2Server): Promise<Server> {
  const sessions: ServerHttp2Session[] = [];
  server.on('session', (session) => sessions.push(session));
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200 });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sessions };
}

function open(connection: StreamConnection): ClientHttp2Stream {
  const stream = connection.open('/Service/Method');
  stream.on('error', () => {});
  return stream;
}

test('streams of a server that goes away end in peace, others go to a new connection, and closing ends all', async (t) => {
  const { port, sessions } = await listen(t, createServer());
  const connection = new StreamConnection({ host: '127.0.0.1', port, secure: false });
  const early = open(connection);
  await once(early, 'response');
  const away = once(early.session ?? early, 'goaway');
  sessions[0]?.goaway(constants.NGHTTP2_NO_ERROR);
  await away;
  const late = open(connection);
  await once(late, 'response');
  assert.equal(sessions.length, 2);
  assert.equal(early.closed, false, 'it goes on where it was');
  const ended = Promise.all([once(early, 'close'), once(late, 'close')]);
  connection.close();
  await ended;
});

test('a stream that cannot be opened says why', async (t) => {
  const server = createServer();
  const { port } = await listen(t, server);
  server.close();
  await once(server, 'close');
  const connection = new StreamConnection({ host: '127.0.0.1', port, secure: false });
  t.after(() => connection.close());
  const [error] = await once(connection.open('/Service/Method'), 'error');
  assert.match(String(error), /ECONNREFUSED/);
});

test('one that is closed while it connects goes in peace', async (t) => {
  const server = createServer();
  const { port } = await listen(t, server);
  const arrived = once(server, 'connection') as Promise<[Socket]>;
  const connection = new StreamConnection({ host: '127.0.0.1', port, secure: false });
  connection.close();
  // It does connect: what would be thrown then fails the test.
  const [socket] = await arrived;
  if (!socket.destroyed) await once(socket, 'close');
});

test(
  'TLS is spoken with a server whose certificate is trusted, and with no other',
  { skip: skipTls },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-tls-'));
    t.after(() => rm(folder, { recursive: true }));
    const { certFile, keyFile } = await makeTestCertificate(folder);
    const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
    const { port } = await listen(t, createSecureServer({ cert, key }));
    const address = { host: 'localhost', port, secure: true };
    const distrustful = new StreamConnection(address);
    t.after(() => distrustful.close());
    const [error] = await once(distrustful.open('/Service/Method'), 'error');
    assert.match(String(error), /self-signed certificate/);
    const before = getCACertificates('default');
    setDefaultCACertificates([...before, cert]);
    t.after(() => setDefaultCACertificates(before));
    const trustful = new StreamConnection(address);
    t.after(() => trustful.close());
    await once(open(trustful), 'response');
  },
);
