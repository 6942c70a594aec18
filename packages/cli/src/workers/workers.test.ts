import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test, type TestContext } from 'node:test';
import { runParley, startParley } from '../testing/run-parley.ts';

function worker(name: string, changes: object = {}): object {
  return {
    name,
    addr: 'grpc://10.0.0.1:7001',
    state: 'ready',
    languages: ['en', 'de', 'fr', 'es'],
    models: [
      { model_id: 'amy', family: 'vits', languages: ['en'], is_loaded: true },
      { model_id: 'bob', family: 'vits', languages: ['en'], is_loaded: false },
    ],
    sessions: { used: 2, capacity: 8 },
    metrics: { rtf: 0.125, queue_depth: 2, p50_latency_ms: 83.4 },
    heartbeat_age_seconds: 3.2,
    version: '1',
    ...changes,
  };
}

const plain = {
  models: [],
  languages: [],
  sessions: { used: 0, capacity: null },
  metrics: { rtf: 0, queue_depth: 0, p50_latency_ms: 0 },
  heartbeat_age_seconds: null,
};

/** A server that lists these workers and answers every action alike. */
async function serve(
  t: TestContext,
  workers: readonly object[],
  action: { readonly status: number; readonly body: object } = { status: 200, body: { message: 'done it' } },
) {
  const posts: string[] = [];
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      posts.push(request.url ?? '');
      response.writeHead(action.status).end(JSON.stringify(action.body));
    } else response.end(JSON.stringify({ total: workers.length, workers }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return {
    url: `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    posts,
    server,
  };
}

test('the workers are a table with their slots, speed and models', async (t) => {
  const { url } = await serve(t, [worker('gpu-1'), worker('plain-one', plain)]);
  const { code, stdout, stderr } = await runParley(['workers', '--url', url]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(stdout.toString().trimEnd().split('\n'), [
    'NAME       ADDRESS               STATE  SLOTS  P50 MS  RTF   AGE  LANGUAGES    MODELS',
    'gpu-1      grpc://10.0.0.1:7001  ready  2/8    83      0.13  3 s  en,de,fr +1  amy of 2',
    'plain-one  grpc://10.0.0.1:7001  ready  0/?    -       -     -    -            -',
  ]);
  const empty = await serve(t, []);
  assert.match((await runParley(['workers', '--url', empty.url])).stdout.toString(), /There are no workers/);
});

test('what a worker calls itself cannot steer the terminal', async (t) => {
  const { url } = await serve(t, [worker('\u{1B}[2Jx')]);
  const { stdout } = await runParley(['workers', '--url', url]);
  assert.equal(stdout.includes(0x1b), false);
});

test('with --json the answer comes as it is, and --watch goes on until Ctrl-C', async (t) => {
  const { url } = await serve(t, [worker('a')]);
  const { stdout } = await runParley(['workers', '--json', '--url', url]);
  assert.deepEqual(JSON.parse(stdout.toString()), { total: 1, workers: [worker('a')] });
  await using watch = startParley(['workers', '-w', '--interval-seconds', '0.1', '--url', url]);
  await watch.waitFor(/NAME[^]*NAME[^]*NAME/u);
  watch.kill('SIGINT');
  assert.equal((await watch.result).code, 130);
});

test('a watch outlives a server that goes away', async (t) => {
  const { url, server } = await serve(t, [worker('a')]);
  await using watch = startParley(['workers', '-w', '--interval-seconds', '0.1', '--url', url]);
  await watch.waitFor(/NAME/u);
  server.closeAllConnections();
  server.close();
  await watch.waitFor(/No server answers/u);
  watch.kill('SIGTERM');
  assert.equal((await watch.result).code, 143);
});

test('drains go to the worker that is named, and back', async (t) => {
  const { url, posts } = await serve(t, [worker('gpu 1')]);
  const { code, stdout } = await runParley(['workers', '--url', url, 'drain', 'gpu 1']);
  assert.deepEqual([code, stdout.toString()], [0, 'done it.\n']);
  await runParley(['workers', '--url', url, 'drain', 'gpu 1', '--undo']);
  assert.deepEqual(posts, ['/v1/workers/gpu%201/drain', '/v1/workers/gpu%201/undrain']);
});

test('a model is loaded where most slots are free, and unloaded wherever it is', async (t) => {
  const busy = { sessions: { used: 7, capacity: 8 } };
  const { url, posts } = await serve(t, [worker('a', busy), worker('b'), worker('c', { state: 'draining' })]);
  assert.equal((await runParley(['models', 'load', 'bob', '--url', url])).code, 0);
  assert.equal((await runParley(['models', 'load', 'org/x', '--worker', 'a', '--url', url])).code, 0);
  assert.equal((await runParley(['models', 'unload', 'amy', '--url', url])).code, 0);
  assert.deepEqual(posts, [
    '/v1/workers/b/models/bob/load',
    '/v1/workers/a/models/org%2Fx/load',
    ...['a', 'b', 'c'].map((name) => `/v1/workers/${name}/models/amy/unload`),
  ]);
});

test('models are listed, of all workers or of one', async (t) => {
  const { url } = await serve(t, [worker('a'), worker('b')]);
  const all = await runParley(['models', 'list', '--url', url]);
  assert.match(
    all.stdout.toString(),
    /MODEL +WORKER +IN MEMORY[^]*amy +a +yes[^]*bob +a +no[^]*amy +b +yes/u,
  );
  const one = await runParley(['models', 'list', '--worker', 'b', '--json', '--url', url]);
  const { models } = JSON.parse(one.stdout.toString()) as { models: { worker: string }[] };
  assert.deepEqual(
    models.map((model) => model.worker),
    ['b', 'b'],
  );
});

test('what cannot be done is told with the reason, exit code 1', async (t) => {
  const refused = { status: 409, body: { error: { code: 'REFUSED', message: 'amy is in use' } } };
  const forbidden = { status: 403, body: { error: { code: 'FORBIDDEN', message: 'only here' } } };
  const nowhere = await serve(t, [worker('a')], refused);
  const far = await serve(t, [worker('a')], forbidden);
  for (const [args, url, message] of [
    [['models', 'unload', 'amy'], nowhere.url, /amy is in use/],
    [['models', 'load', 'zoe'], nowhere.url, /No worker has a model "zoe"/],
    [['models', 'load', 'amy'], nowhere.url, /Every worker that has it has it in memory/],
    [['models', 'list', '--worker', 'x'], nowhere.url, /There is no worker "x"/],
    [['models', 'unload', 'amy'], far.url, /only here[^]*on the machine of the server/],
    [['models', 'list'], '127.0.0.1:1', /No server answers at http:\/\/127\.0\.0\.1:1/],
  ] as const) {
    const { code, stderr } = await runParley([...args, '--url', url]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, message);
  }
  assert.equal((await runParley(['workers', '--interval-seconds', 'x', '--url', nowhere.url])).code, 2);
});
