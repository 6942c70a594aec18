import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { skipWithout, startRedisServer } from '@parley/testkit';
import { runParley, startParley } from '../testing/run-parley.ts';

test('a worker that cannot be run says what would be right, in one message', async () => {
  for (const [args, message] of [
    [['-e', 'nope'], /^ {2}--engine: must be one of espeak, tone, openai, sherpa, but is "nope"$/m],
    [['-e', 'sherpa'], /^parley: sherpa options: models: must name the folder of a model[^]*-O name=value/],
  ] as const) {
    const { code, stderr } = await runParley(['worker', ...args]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
});

test('a worker whose port is taken says so in its own words alone', async (t) => {
  const squatter = createServer().listen(0, '127.0.0.1');
  t.after(() => squatter.close());
  await once(squatter, 'listening');
  const address = squatter.address();
  assert.ok(address !== null && typeof address === 'object');
  const { code, stderr } = await runParley(['worker', '-e', 'tone', '-L', 'silent', '-p', `${address.port}`]);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^parley: another process listens on/);
});

test(
  'a worker that Redis does not let in says so in one line a time, and how to reach it all the same',
  { skip: skipWithout('redis-server') },
  async () => {
    await using redis = await startRedisServer({ password: 'secret' });
    const { port } = redis;
    const args = ['worker', '-e', 'tone', '-p', '0', '--redis-url'];
    await using refused = startParley([...args, `redis://:wrong@127.0.0.1:${port}`]);
    const [banner] = await refused.waitFor(/A worker with[^]*Ctrl-C/u);
    const reason = `redis at 127\\.0\\.0\\.1:${port}: login refused: check user and password`;
    assert.match(
      banner,
      new RegExp(`do not find it yet: ${reason}[^]*start --set routing.static_worker_addr=`),
    );
    refused.kill('SIGTERM');
    const { stderr } = await refused.result;
    const warnings = stderr.split('\n').filter((line) => line.includes('"warn"'));
    assert.ok(warnings.length >= 2, stderr);
    for (const warning of warnings) {
      assert.match(warning, new RegExp(`127\\.0\\.0\\.1:${port}.*login refused`));
      assert.doesNotMatch(warning, /stack|wrong@/u);
    }

    await using known = startParley([...args, redis.url]);
    const [how] = await known.waitFor(/start --set.*/u);
    assert.equal(how, `start --set registry.kind=redis --set redis.url=redis://:***@127.0.0.1:${port}`);
    known.kill('SIGTERM');
    assert.equal((await known.result).code, 0);
  },
);
