import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { networkInterfaces } from 'node:os';
import { test, type TestContext } from 'node:test';
import { text } from 'node:stream/consumers';
import { createSystemClock } from '../clock/system-clock.ts';
import type { Logger } from '../session/ports/logger.ts';
import { createHttpServer } from './http-server.ts';
import type { AdminResult, WorkerAdmin } from './worker-admin.ts';
import type { WorkerDirectory } from './worker-list.ts';

const logger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger };
const directory: WorkerDirectory = { list: (limit) => ({ total: limit, workers: [] }) };

function recordingAdmin(result: AdminResult) {
  const calls: string[] = [];
  const note = (...call: string[]): Promise<AdminResult> => {
    calls.push(call.join(' '));
    return Promise.resolve(result);
  };
  const admin: WorkerAdmin = {
    drain: (name) => note('drain', name),
    undrain: (name) => note('undrain', name),
    loadModel: (name, model) => note('load', name, model),
    unloadModel: (name, model) => note('unload', name, model),
  };
  return { admin, calls };
}

async function start(t: TestContext, workerAdmin?: WorkerAdmin, host = '127.0.0.1'): Promise<number> {
  const server = createHttpServer({
    host,
    port: 0,
    health: {
      check: () => ({
        registry: { status: 'ok' },
        leases: { status: 'ok' },
        workers: { status: 'ok' },
        asr: { status: 'ok' },
        livekit: { status: 'ok' },
      }),
    },
    metrics: { contentType: 'text/plain', render: async () => '' },
    sessions: () => [],
    clock: createSystemClock(),
    logger,
    workers: directory,
    ...(workerAdmin !== undefined && { workerAdmin }),
  });
  t.after(() => server.close());
  return (await server.start()).port;
}

async function post(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  host = '127.0.0.1',
): Promise<{ status: number; body: string }> {
  const request = httpRequest({ host, port, path, method: 'POST', headers, agent: false });
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  request.on('error', reject);
  request.on('response', (response) => {
    text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
  });
  request.end();
  return promise;
}

test('workers are listed up to a limit', async (t) => {
  const port = await start(t);
  const list = async (query: string): Promise<unknown> =>
    (await fetch(`http://127.0.0.1:${port}/v1/workers${query}`)).json();
  assert.deepEqual(await list(''), { total: 100, workers: [] });
  assert.deepEqual(await list('?limit=1000'), { total: 1000, workers: [] });
  assert.partialDeepStrictEqual(await list('?limit=0'), { error: { code: 'INVALID_REQUEST' } });
});

test('each action reaches its worker and model, whatever is in their names', async (t) => {
  const { admin, calls } = recordingAdmin({ kind: 'done', message: 'fine' });
  const port = await start(t, admin);
  const longName = 'w'.repeat(300);
  for (const path of [
    '/v1/workers/w1/drain',
    `/v1/workers/${longName}/undrain`,
    '/v1/workers/w%202/models/org%2Fvoice%20a/load',
    '/v1/workers/w1/models/m/unload',
  ]) {
    assert.deepEqual(await post(port, path), { status: 200, body: '{"status":"done","message":"fine"}' });
  }
  assert.deepEqual(calls, ['drain w1', `undrain ${longName}`, 'load w 2 org/voice a', 'unload w1 m']);
});

test('each end of an action has its status', async (t) => {
  const ends: [AdminResult, number, RegExp][] = [
    [{ kind: 'under_way', message: 'loading' }, 202, /"under_way".*loading/],
    [{ kind: 'unknown_worker' }, 404, /no worker \\"w\\"/],
    [{ kind: 'refused', message: 'in use' }, 409, /REFUSED.*in use/],
    [{ kind: 'unreachable', message: 'gone' }, 502, /UNREACHABLE.*gone/],
  ];
  for (const [result, status, body] of ends) {
    const port = await start(t, recordingAdmin(result).admin);
    const answer = await post(port, '/v1/workers/w/drain');
    assert.equal(answer.status, status);
    assert.match(answer.body, body);
  }
});

test('actions are refused to proxies, to pages in browsers and to other machines', async (t) => {
  const { admin, calls } = recordingAdmin({ kind: 'done', message: '' });
  const port = await start(t, admin, '0.0.0.0');
  for (const headers of [
    { 'x-forwarded-for': '127.0.0.1' },
    { forwarded: 'for=127.0.0.1' },
    { via: '1.1 proxy' },
    { origin: 'http://127.0.0.1:8080' },
    { 'sec-fetch-site': 'same-origin' },
  ]) {
    const { status, body } = await post(port, '/v1/workers/w/drain', headers);
    assert.equal(status, 403);
    assert.match(body, /FORBIDDEN/);
  }
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)?.address;
  if (outside === undefined) t.diagnostic('this machine has no address but loopback');
  else {
    const { status, body } = await post(port, '/v1/workers/w/models/m/load', {}, outside);
    assert.equal(status, 403);
    assert.match(body, /from the machine that the server runs on/);
  }
  assert.deepEqual(calls, []);
  assert.equal((await post(port, '/v1/workers/w/drain')).status, 200);
});

test('without an admin there are no actions, and GET does none', async (t) => {
  assert.equal((await post(await start(t), '/v1/workers/w/drain')).status, 404);
  const { admin, calls } = recordingAdmin({ kind: 'done', message: '' });
  const port = await start(t, admin);
  assert.equal((await fetch(`http://127.0.0.1:${port}/v1/workers/w/drain`)).status, 404);
  assert.equal((await post(port, '/v1/workers')).status, 405);
  assert.deepEqual(calls, []);
});
