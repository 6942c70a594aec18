import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { checkManifest } from './check-manifest.ts';
import { pullModel, type PullModelOptions, type PullProgress } from './pull-model.ts';

const NAME = 'whisper-test.en';
const content = new Map([
  ['test-encoder.onnx', randomBytes(300_000)],
  ['test-tokens.txt', Buffer.from('IHR3bw== 0\n')],
  ['sub/test decoder.onnx', randomBytes(200_000)],
]);

let server: Server;
let baseUrl: string;
let cache: string;
/** Requests as `path range`. */
let requests: string[];
/** Bytes after which the first answers with a file break off. */
let breaksAfter: number[];
let knowsRanges: boolean;
let manifest: string;
let neverAnswers: boolean;

before(async () => {
  server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').replace(`/models/${NAME}/`, '');
    const range = knowsRanges ? /^bytes=(\d+)-$/.exec(request.headers.range ?? '') : null;
    requests.push(`${path} ${request.headers.range ?? ''}`.trim());
    if (neverAnswers) return;
    const bytes = path === 'manifest.json' ? Buffer.from(manifest) : content.get(path);
    if (bytes === undefined) {
      response.writeHead(404).end();
      return;
    }
    const rest = bytes.subarray(range === null ? 0 : Number(range[1]));
    response.writeHead(range === null ? 200 : 206, { 'content-length': rest.length });
    const breakAt = path === 'manifest.json' ? undefined : breaksAfter.shift();
    if (breakAt === undefined) response.end(rest);
    else response.write(rest.subarray(0, breakAt), () => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/models/`;
});
after(async () => {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
});
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'parley-pull-'));
  requests = [];
  breaksAfter = [];
  knowsRanges = true;
  neverAnswers = false;
  manifest = JSON.stringify({
    files: [...content].map(([path, bytes]) => ({
      path,
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex').toUpperCase(),
    })),
  });
});
afterEach(() => rm(cache, { recursive: true, force: true }));

function pull(options: Partial<PullModelOptions> = {}): Promise<string> {
  return pullModel({ name: NAME, baseUrl, cacheDirectory: cache, ...options });
}

async function assertComplete(): Promise<void> {
  for (const [path, bytes] of content) assert.deepEqual(await readFile(join(cache, NAME, path)), bytes);
  await checkManifest(join(cache, NAME));
  assert.deepEqual(await readdir(cache), [NAME]);
}

test('a model is downloaded whole, with its manifest, and the progress ends at the end', async () => {
  const progress: PullProgress[] = [];
  assert.equal(await pull({ onProgress: (step) => void progress.push(step) }), join(cache, NAME));
  await assertComplete();
  const totalBytes = 500_000 + 11;
  assert.deepEqual(progress.at(-1), { path: 'sub/test decoder.onnx', receivedBytes: totalBytes, totalBytes });
  const received = progress.map(({ receivedBytes }) => receivedBytes);
  assert.deepEqual(
    received,
    received.toSorted((one, other) => one - other),
  );
});

test('a download that broke off leaves no model, and goes on where it stopped', async () => {
  breaksAfter = [100_000];
  await assert.rejects(pull(), { code: 'MODEL_INVALID' });
  assert.deepEqual(await readdir(cache), [`.${NAME}.partial`]);
  requests = [];
  await pull();
  await assertComplete();
  assert.match(requests[1] ?? '', /^test-encoder\.onnx bytes=[1-9]\d+-$/);
});

test('a server that does not know ranges sends all of it again', async () => {
  knowsRanges = false;
  breaksAfter = [100_000];
  await assert.rejects(pull());
  await pull();
  await assertComplete();
});

test('files that are there already are not downloaded again', async () => {
  manifest = manifest.replace(/"sub\/test decoder.onnx","size":200000/, '"sub/missing.onnx","size":200000');
  await assert.rejects(pull(), /404/);
  manifest = manifest.replace('sub/missing.onnx', 'sub/test decoder.onnx');
  requests = [];
  await pull();
  await assertComplete();
  assert.deepEqual(requests, ['manifest.json', 'sub/test decoder.onnx']);
});

test('a file with another SHA-256 is not kept, and the next try begins anew', async () => {
  const good = manifest;
  manifest = manifest.replace(/"sha256":"\w+"/, `"sha256":"${'0'.repeat(64)}"`);
  await assert.rejects(pull(), /test-encoder\.onnx is not what its manifest says/);
  manifest = good;
  requests = [];
  await pull();
  assert.equal(requests[1], 'test-encoder.onnx');
  await assertComplete();
});

test('a file that is longer than its manifest says is given up before its end', async () => {
  manifest = manifest.replace('"size":300000', '"size":1000');
  await assert.rejects(pull(), /longer than 1000 bytes/);
});

test('a model that is there is replaced as a whole', async () => {
  await pull();
  await pull();
  await assertComplete();
});

test('what came before a stop is kept', async () => {
  const controller = new AbortController();
  const stopped = pull({ signal: controller.signal, onProgress: () => controller.abort() });
  await assert.rejects(stopped, { code: 'CANCELLED' });
  await pull();
  await assertComplete();
});

test('a server that falls silent is given up', async () => {
  neverAnswers = true;
  await assert.rejects(pull({ idleTimeoutMs: 50 }), { code: 'MODEL_INVALID' });
});

test('a manifest that is missing, broken or leads out of the directory is refused', async () => {
  await assert.rejects(pull({ name: 'other' }), /other\/manifest\.json cannot be had.*404/);
  const sha256 = '0'.repeat(64);
  const bad = ['../x', '/etc/passwd', 'a/../../x', 'a\\..\\x', '', '.', 'manifest.json', 'a//b'];
  for (const path of bad) {
    manifest = JSON.stringify({ files: [{ path, size: 1, sha256 }] });
    await assert.rejects(pull(), { code: 'MODEL_INVALID' }, path);
  }
  const files = [{ path: 'a', size: 1, sha256 }];
  const broken = [
    '<html>',
    '{}',
    '{"files": []}',
    '{"files": [1]}',
    JSON.stringify({ files: [{ ...files[0], size: -1 }] }),
    JSON.stringify({ files: [{ ...files[0], sha256: 'x' }] }),
    JSON.stringify({ files: [...files, ...files] }),
  ];
  for (manifest of broken) await assert.rejects(pull(), { code: 'MODEL_INVALID' }, manifest);
  assert.ok(requests.every((request) => request.endsWith('manifest.json')));
});

test('a name that could be a path is refused', async () => {
  for (const name of ['../x', 'a/b', '', '.x', 'a b']) {
    await assert.rejects(pull({ name }), { code: 'MODEL_INVALID' }, name);
  }
  assert.deepEqual(requests, []);
});
