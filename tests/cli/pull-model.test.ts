import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runParley } from '../../packages/cli/src/testing/run-parley.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-pull-'));
after(() => rmSync(folder, { recursive: true }));

const content = Buffer.from('what a model would be');

test('parley models pull brings a model into the cache and says how to use it', async () => {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const manifest = JSON.stringify({ files: [{ path: 'encoder.onnx', size: content.length, sha256 }] });
  const server = createServer((request, response) => {
    const path = request.url?.replace('/models/foo/', '/models/whisper-tiny/');
    if (path === '/models/whisper-tiny/manifest.json') response.end(manifest);
    else if (path === '/models/whisper-tiny/encoder.onnx') response.end(content);
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const from = `http://127.0.0.1:${(server.address() as AddressInfo).port}/models`;
  const pull = (name: string): ReturnType<typeof runParley> =>
    runParley(['models', 'pull', name, '--from', from], { env: { ASR_CACHE_DIR: folder } });
  try {
    const { code, stdout, stderr } = await pull('whisper-tiny');
    assert.equal(code, 0, stderr);
    const directory = stdout.toString('utf8').trim();
    assert.deepEqual(readFileSync(join(directory, 'encoder.onnx')), content);
    assert.match(stderr, /^100 % of 1 MB: encoder\.onnx$/m);
    assert.match(stderr, /npm start listens with it now\..*asr\.model_path/);
    const again = await pull('whisper-tiny');
    assert.equal(again.stdout.toString('utf8'), stdout.toString('utf8'));
    assert.match(again.stderr, /It is there already/);
    const unknown = await pull('foo');
    assert.equal(unknown.code, 0, unknown.stderr);
    assert.doesNotMatch(unknown.stderr, /npm start/);
    assert.match(unknown.stderr, /asr\.model_path .*foo/);
    const missing = await pull('whisper-none');
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /whisper-none/);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('parley models pull asks where models come from when nothing says so', async () => {
  const { code, stderr } = await runParley(['models', 'pull', 'whisper-tiny']);
  assert.equal(code, 2);
  assert.match(stderr, /--from|asr\.model_base_url/);
});

test('what parley models pull cannot be asked for is a mistake of the user', async () => {
  for (const [args, message] of [
    [['whisper-tiny', '--from', 'ftp://x'], /"ftp:\/\/x": it must be an http or https address/],
    [['../x', '--from', 'http://127.0.0.1:1'], /"\.\.\/x" is no name of a model/],
  ] as const) {
    const { code, stderr } = await runParley(['models', 'pull', ...args], { env: { ASR_CACHE_DIR: folder } });
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
});
