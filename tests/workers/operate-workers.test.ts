import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { skipWithout, startRedisServer, startServer } from '@parley/testkit';
import { runParley, startParley } from '../../packages/cli/src/testing/run-parley.ts';

const EMBEDDED = /^(\S+) +grpc:\S+ +(\S+) +(\d+)\/(\d+)/mu;

async function parley(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runParley(args);
  assert.equal(code, 0, stderr);
  return stdout.toString();
}

/** Runs until what a server tells of its workers fits: workers tell of themselves every few seconds only. */
async function untilShown(t: TestContext, url: string, pattern: RegExp): Promise<void> {
  const watch = startParley(['workers', '--watch', '--interval-seconds', '0.2', '--url', url]);
  t.after(() => watch[Symbol.asyncDispose]());
  await watch.waitFor(pattern);
  watch.kill('SIGTERM');
  await watch.result;
}

test('the embedded worker is listed, loads and unloads models, is drained and taken back', async () => {
  await using server = await startServer();
  const { url } = server;
  const [, name = '', state] = EMBEDDED.exec(await parley('workers', '--url', url)) ?? [];
  assert.equal(state, 'ready');
  assert.match(await parley('models', 'load', 'tone-alt', '--url', url), /tone-alt is loaded/);
  assert.match(
    await parley('models', 'unload', 'tone-alt', '--worker', name, '--url', url),
    /is unloaded from/,
  );
  assert.match(
    await parley('models', 'unload', 'tone-alt', '--worker', name, '--url', url),
    /was not loaded/,
  );

  assert.match(await parley('workers', '--url', url, 'drain', name), /gets no new sessions/);
  assert.equal(EMBEDDED.exec(await parley('workers', '--url', url))?.[2], 'draining');
  assert.equal((await fetch(`${url}/readyz`)).status, 503);
  await parley('workers', '--url', url, 'drain', name, '--undo');
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  assert.equal((await runParley(['workers', '--url', url, 'drain', 'nobody'])).code, 1);
});

test('a fixed worker is listed by its address and can load models', async () => {
  await using other = await startServer();
  const addr = /grpc:\S+/u.exec(await parley('workers', '--url', other.url))?.[0] ?? '';
  const args = ['--set', `routing.static_worker_addr=${addr}`];
  await using server = await startServer({ engine: 'none', args });
  assert.match(await parley('workers', '--url', server.url), new RegExp(`static +${addr} +static +0/\\?`));
  assert.match(
    await parley('models', 'load', 'tone-alt', '--worker', 'static', '--url', server.url),
    /is loaded/,
  );
});

test(
  'a drain that one orchestrator is asked for holds for the others',
  { skip: skipWithout('redis-server') },
  async (t) => {
    await using redis = await startRedisServer();
    const args = ['--set', 'registry.kind=redis', '--set', `redis.url=${redis.url}`];
    await using one = await startServer({ engine: 'none', args });
    await using two = await startServer({ engine: 'none', args });
    await using worker = startParley([
      'worker',
      '--engine',
      'tone',
      '--port',
      '0',
      '--name',
      'w1',
      '--redis-url',
      redis.url,
    ]);
    await worker.waitFor(/is ready at/u);
    await untilShown(t, one.url, /^w1 .* ready /mu);
    await parley('workers', '--url', one.url, 'drain', 'w1');
    await untilShown(t, two.url, /^w1 .* draining /mu);
    await parley('workers', '--url', two.url, 'drain', 'w1', '--undo');
    await untilShown(t, one.url, /^w1 .* ready /mu);
  },
);
