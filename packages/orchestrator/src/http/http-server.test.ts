import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { createSystemClock } from '../clock/system-clock.ts';
import { ParleyError } from '../parley-error.ts';
import type { Logger } from '../session/ports/logger.ts';
import type { HealthChecks } from './health.ts';
import { createHttpServer, type HttpServer, type HttpServerOptions } from './http-server.ts';

const healthy: HealthChecks = {
  registry: { status: 'ok', detail: 'memory' },
  leases: { status: 'ok' },
  workers: { status: 'ok' },
  asr: { status: 'disabled' },
  livekit: { status: 'disabled' },
};

const logged: string[] = [];
const logger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error: (_fields, message) => logged.push(message),
  child: () => logger,
};

function make(t: TestContext, options: Partial<HttpServerOptions> = {}): HttpServer {
  const server = createHttpServer({
    host: '127.0.0.1',
    port: 0,
    health: { check: () => healthy },
    metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', render: async () => 'parley_x 1\n' },
    sessions: () => [],
    clock: createSystemClock(),
    logger,
    ...options,
  });
  t.after(() => server.close());
  return server;
}

async function start(
  t: TestContext,
  options: Partial<HttpServerOptions> = {},
): Promise<{ server: HttpServer; url: string; port: number }> {
  const server = make(t, options);
  const { port } = await server.start();
  return { server, port, url: `http://127.0.0.1:${port}` };
}

async function getJson(url: string, init?: RequestInit): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, init);
  return { status: response.status, body: await response.json() };
}

/** Sends raw bytes and gives back everything until the server closes. */
async function sendRaw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  let answer = '';
  socket.on('data', (data: Buffer) => (answer += data.toString()));
  socket.on('error', () => socket.destroy());
  await once(socket, 'close');
  return answer;
}

function upgradeRequest(path: string, protocol = 'websocket'): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: ${protocol}\r\n\r\n`;
}

test('health is ok with what was checked and how long the server runs', async (t) => {
  let nowMs = 5000;
  const clock = { ...createSystemClock(), nowMs: () => nowMs };
  const { url } = await start(t, { clock });
  nowMs += 12_345;
  const { status, body } = await getJson(`${url}/health`);
  assert.equal(status, 200);
  assert.deepEqual(body, { status: 'ok', uptime_seconds: 12.345, draining: false, checks: healthy });
});

test('a failing part degrades health and a server without workers is unavailable', async (t) => {
  let checks: HealthChecks = { ...healthy, registry: { status: 'unavailable', detail: 'Redis is gone' } };
  const { url } = await start(t, { health: { check: () => checks } });
  const degraded = await getJson(`${url}/health`);
  assert.equal(degraded.status, 200);
  assert.partialDeepStrictEqual(degraded.body, { status: 'degraded', checks });
  assert.equal((await fetch(`${url}/readyz`)).status, 200);

  checks = { ...healthy, workers: { status: 'unavailable', detail: 'none is registered' } };
  const unavailable = await getJson(`${url}/health`);
  assert.equal(unavailable.status, 503);
  assert.partialDeepStrictEqual(unavailable.body, { status: 'unavailable' });
  assert.deepEqual(await getJson(`${url}/readyz`), {
    status: 503,
    body: { status: 'not_ready', reason: 'no usable worker: none is registered' },
  });
  assert.equal((await fetch(`${url}/livez`)).status, 200);
});

test('a draining server is alive, not ready, and keeps no connection', async (t) => {
  const { server, url } = await start(t);
  assert.deepEqual(await getJson(`${url}/readyz`), { status: 200, body: { status: 'ready' } });
  server.drain();
  server.drain();
  const response = await fetch(`${url}/readyz`);
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('connection'), 'close');
  assert.match(await response.text(), /draining/);
  const health = await getJson(`${url}/health`);
  assert.equal(health.status, 503);
  assert.partialDeepStrictEqual(health.body, { status: 'unavailable', draining: true });
  assert.deepEqual(await getJson(`${url}/livez`), { status: 200, body: { status: 'ok' } });
});

test('metrics come as the registry renders them', async (t) => {
  const { url } = await start(t);
  const response = await fetch(`${url}/metrics`);
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  assert.equal(await response.text(), 'parley_x 1\n');
});

test('sessions are listed with their fields, up to a limit, and all are counted', async (t) => {
  const sessions = Array.from({ length: 150 }, (_, index) => ({
    sessionId: `s${index}`,
    state: 'SPEAKING',
    transport: 'websocket',
    createdAtMs: Date.UTC(2026, 0, 2),
    workerAddr: index === 0 ? undefined : 'grpc://localhost:7001',
    language: index === 0 ? 'en' : 'de',
    metadata: { secret: 'never listed' },
  }));
  const { url } = await start(t, { sessions: () => sessions });
  const { body } = await getJson(`${url}/v1/sessions?limit=2`);
  const common = { state: 'SPEAKING', transport: 'websocket', created_at: '2026-01-02T00:00:00.000Z' };
  assert.deepEqual(body, {
    total: 150,
    sessions: [
      { session_id: 's0', ...common, worker_addr: null, language: 'en' },
      { session_id: 's1', ...common, worker_addr: 'grpc://localhost:7001', language: 'de' },
    ],
  });
  const all = await (await fetch(`${url}/v1/sessions`)).text();
  assert.equal(all.match(/session_id/g)?.length, 100);
  for (const limit of ['0', '1001', '-1', 'x', '1.5', '']) {
    const refused = await getJson(`${url}/v1/sessions?limit=${limit}`);
    assert.equal(refused.status, 400, limit);
    assert.partialDeepStrictEqual(refused.body, { error: { code: 'INVALID_REQUEST' } });
  }
});

test('the page and its files are served, closed off from other origins and cached by content', async (t) => {
  const { url } = await start(t);
  const page = await fetch(`${url}/`);
  const html = await page.text();
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(
    page.headers.get('content-security-policy') ?? '',
    /default-src 'none'.*frame-ancestors 'none'/,
  );
  assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
  assert.doesNotMatch(html, /(?:src|href)="(?:https?:)?\/\//, 'no external resources');
  for (const [, path = ''] of html.matchAll(/(?:src|href)="((?!data:)[^"]+)"/g)) {
    assert.equal((await fetch(`${url}/${path}`)).status, 200, path);
  }
  const script = await fetch(`${url}/page.js`);
  assert.match(script.headers.get('content-type') ?? '', /^text\/javascript/);
  for (const [, path = ''] of (await script.text()).matchAll(/from '\.\/([^']+)'/g)) {
    assert.equal((await fetch(`${url}/${path}`)).status, 200, path);
  }
  const etag = page.headers.get('etag') ?? '';
  const again = await fetch(`${url}/`, { headers: { 'if-none-match': etag } });
  assert.equal(again.status, 304);
});

test('HEAD gives the headers without the body', async (t) => {
  const { url } = await start(t);
  for (const path of ['/', '/health', '/livez', '/metrics', '/v1/sessions']) {
    const response = await fetch(url + path, { method: 'HEAD' });
    assert.equal(response.status, 200, path);
    assert.ok(Number(response.headers.get('content-length')) > 0, path);
    assert.equal(await response.text(), '');
  }
});

test('an unknown path is told which paths exist', async (t) => {
  const { url } = await start(t);
  for (const method of ['GET', 'POST']) {
    const { status, body } = await getJson(`${url}/nowhere?a=b`, { method });
    assert.equal(status, 404);
    assert.partialDeepStrictEqual(body, { error: { code: 'NOT_FOUND' } });
    assert.match(JSON.stringify(body), /\/health, \/livez, \/readyz, \/metrics, \/v1\/sessions/);
  }
  assert.equal((await fetch(`${url}/health/`)).status, 200);
  assert.equal((await fetch(`${url}/%zz`)).status, 400);
});

test('a method other than GET is refused with what is allowed, whatever its body', async (t) => {
  const { url } = await start(t);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND']) {
    const response = await fetch(`${url}/health`, {
      method,
      ...(method === 'POST' && { body: '{', headers: { 'content-type': 'application/x-odd' } }),
    });
    assert.equal(response.status, 405, method);
    assert.equal(response.headers.get('allow'), 'GET, HEAD');
    assert.match(await response.text(), /METHOD_NOT_ALLOWED/);
  }
});

test('GET /ws without an upgrade says what to do', async (t) => {
  const { url } = await start(t);
  const { status, body } = await getJson(`${url}/ws`);
  assert.equal(status, 426);
  assert.partialDeepStrictEqual(body, { error: { code: 'UPGRADE_REQUIRED' } });
});

test('WebSocket upgrades on / and /ws are handed on, with their query', async (t) => {
  const urls: (string | undefined)[] = [];
  const { port } = await start(t, {
    onUpgrade: (request, socket) => {
      urls.push(request.url);
      socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    },
  });
  for (const path of ['/', '/ws', '/ws?token=x']) {
    assert.match(await sendRaw(port, upgradeRequest(path)), /^HTTP\/1.1 101 /);
  }
  assert.deepEqual(urls, ['/', '/ws', '/ws?token=x']);
});

test('a WebSocket upgrade on another path gets a plain 404 that says where to connect', async (t) => {
  const onUpgrade = t.mock.fn();
  const { port } = await start(t, { onUpgrade });
  for (const path of ['/health', '/wss', '/nowhere']) {
    const answer = await sendRaw(port, upgradeRequest(path));
    assert.match(answer, /^HTTP\/1.1 404 Not Found\r\n/);
    assert.match(answer, /connect to \/ or \/ws/);
  }
  assert.equal(onUpgrade.mock.callCount(), 0);
});

test('without WebSocket an upgrade is refused', async (t) => {
  const { port } = await start(t);
  assert.match(await sendRaw(port, upgradeRequest('/')), /^HTTP\/1.1 404 [^]*turned off/);
});

test('an offer to upgrade to something else is answered as plain HTTP', async (t) => {
  const onUpgrade = t.mock.fn();
  const { port } = await start(t, { onUpgrade });
  assert.match(await sendRaw(port, upgradeRequest('/livez', 'h2c')), /^HTTP\/1.1 200 OK/);
  assert.equal(onUpgrade.mock.callCount(), 0);
});

test('a port in use is a clear error, and the other server is untouched', async (t) => {
  const { port, url } = await start(t);
  await assert.rejects(make(t, { port }).start(), (error) => {
    assert.ok(error instanceof ParleyError);
    assert.equal(error.code, 'ADDRESS_IN_USE');
    assert.match(error.message, new RegExp(`port ${port} is in use .* set PORT`));
    return true;
  });
  assert.equal((await fetch(`${url}/livez`)).status, 200);
});

test('an address that this machine does not have is a clear error', async (t) => {
  await assert.rejects(make(t, { host: '192.0.2.1' }).start(), (error) => {
    assert.ok(error instanceof ParleyError);
    assert.equal(error.code, 'ADDRESS_UNAVAILABLE');
    assert.match(error.message, /192\.0\.2\.1: set HOST/);
    return true;
  });
});

test('close ends idle, silent and upgraded connections and frees the port', async (t) => {
  const upgraded = Promise.withResolvers<Duplex>();
  const { server, port } = await start(t, {
    onUpgrade: (_request, socket) => {
      socket.on('error', () => {});
      upgraded.resolve(socket);
    },
  });
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const [response] = await once(httpRequest({ port, path: '/livez', agent }).end(), 'response');
  response.resume();
  await once(response, 'end');
  const silent = connect(port, '127.0.0.1');
  const talking = connect(port, '127.0.0.1');
  const clients: Socket[] = [silent, talking];
  const ended = clients.map((client) => {
    client.on('error', () => {});
    client.resume();
    return once(client, 'close');
  });
  await once(silent, 'connect');
  talking.write(upgradeRequest('/'));
  await upgraded.promise;
  await server.close();
  await server.close();
  await Promise.all(ended);
  const successor = createServer().listen(port, '127.0.0.1');
  await once(successor, 'listening');
  successor.close();
});

test('a server that never listened can be closed', async (t) => {
  await make(t).close();
});

test('a client that does not finish its headers is cut off', async (t) => {
  const { port } = await start(t, { headersTimeoutMs: 50 });
  assert.match(await sendRaw(port, 'GET / HTTP/1.1\r\nHost: x\r\n'), /^HTTP\/1.1 408 /);
});

test('headers beyond the limit are refused', async (t) => {
  const { port } = await start(t);
  const answer = await sendRaw(port, `GET / HTTP/1.1\r\nHost: x\r\nCookie: ${'a'.repeat(20_000)}\r\n\r\n`);
  assert.match(answer, /^HTTP\/1.1 431 /);
});

test('a route that throws answers 500 without saying why, and the log does', async (t) => {
  const { url } = await start(t, {
    health: {
      check: () => {
        throw new Error('redis://user:secret@host');
      },
    },
  });
  logged.length = 0;
  const { status, body } = await getJson(`${url}/health`);
  assert.equal(status, 500);
  assert.doesNotMatch(JSON.stringify(body), /secret/);
  assert.deepEqual(logged, ['could not answer an HTTP request']);
});
