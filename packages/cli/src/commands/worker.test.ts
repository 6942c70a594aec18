import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { runParley } from '../testing/run-parley.ts';

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
