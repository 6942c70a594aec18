import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { checkManifest } from './check-manifest.ts';
import {
  type PulledModel,
  pullModel,
  type PullModelOptions,
  type PullProgress,
  type PullRetry,
} from './pull-model.ts';

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
/** An answer that breaks off when some of it has come. */
let breaking: ServerResponse | undefined;
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
    else {
      response.write(rest.subarray(0, breakAt));
      breaking = response;
    }
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
  breaking = undefined;
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

function pull(options: Partial<PullModelOptions> = {}): Promise<PulledModel> {
  const onProgress = (progress: PullProgress): void => {
    breaking?.destroy();
    breaking = undefined;
    options.onProgress?.(progress);
  };
  return pullModel({
    name: NAME,
    baseUrl,
    cacheDirectory: cache,
    retryDelaysMs: [],
    ...options,
    onProgress,
  });
}

async function assertComplete(): Promise<void> {
  for (const [path, bytes] of content) assert.deepEqual(await readFile(join(cache, NAME, path)), bytes);
  await checkManifest(join(cache, NAME));
  assert.deepEqual(await readdir(cache), [NAME]);
}

test('a model is downloaded whole, with its manifest, and the progress ends at the end', async () => {
  const progress: PullProgress[] = [];
  const pulled = await pull({ onProgress: (step) => void progress.push(step) });
  assert.deepEqual(pulled, { directory: join(cache, NAME), wasThere: false });
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
  await assert.rejects(pull(), { code: 'MODEL_INVALID', message: /goes on where it stopped/ });
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

test('a model that is there and right is not downloaded again', async () => {
  await pull();
  requests = [];
  assert.deepEqual(await pull(), { directory: join(cache, NAME), wasThere: true });
  assert.deepEqual(requests, ['manifest.json']);
});

test('a model that is there and not right is replaced as a whole', async () => {
  await pull();
  await writeFile(join(cache, NAME, 'test-tokens.txt'), 'IHR3bx== 0\n');
  assert.equal((await pull()).wasThere, false);
  await assertComplete();
});

test('a download that breaks off is tried again from where it stopped', async () => {
  breaksAfter = [100_000, 50_000];
  const retries: PullRetry[] = [];
  await pull({ retryDelaysMs: [1, 2], onRetry: (retry) => void retries.push(retry) });
  await assertComplete();
  assert.deepEqual(
    retries.map(({ delayMs }) => delayMs),
    [1, 2],
  );
  assert.match(retries[0]?.reason ?? '', /test-encoder\.onnx could not be downloaded: terminated/);
  assert.match(requests[2] ?? '', /^test-encoder\.onnx bytes=[1-9]/);
});

test('a file that is not there is not asked for again', async () => {
  manifest = manifest.replace('test-encoder.onnx', 'missing.onnx');
  await assert.rejects(pull({ retryDelaysMs: [1, 1] }), /404/);
  assert.deepEqual(requests, ['manifest.json', 'missing.onnx']);
});

test('a connection that is refused is told with its reason', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const address = closed.address();
  const port = typeof address === 'object' ? address?.port : 0;
  closed.close();
  await once(closed, 'close');
  const refused = pull({ baseUrl: `http://127.0.0.1:${port}/` });
  await assert.rejects(refused, /manifest\.json cannot be had: fetch failed: .*ECONNREFUSED/);
});

test('one process at a time pulls a model; the others are told who does', async () => {
  let second: Promise<unknown> | undefined;
  const onProgress = (): void => {
    second ??= pull().catch((error: unknown) => error);
  };
  await pull({ onProgress });
  const error = await second;
  assert.ok(error instanceof Error, 'the second pull went on');
  assert.match(error.message, new RegExp(`is being pulled into .* by process ${process.pid};`));
  await assertComplete();
});

test('the lock of a process that is gone holds nobody up, and that of one elsewhere that lives does', async () => {
  const lock = join(cache, `.${NAME}.lock`);
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  await writeFile(lock, `${gone} ${hostname()} x\n`);
  await pull();
  await assertComplete();
  await rm(join(cache, NAME), { recursive: true });
  await writeFile(lock, '1 another-machine x\n');
  await assert.rejects(pull(), /by process 1 on another-machine; .*\.lock/);
  const longAgo = (await stat(lock)).mtimeMs / 1000 - 3600;
  await utimes(lock, longAgo, longAgo);
  await pull();
  await assertComplete();
});

test('a directory for models that cannot be made is told of', { timeout: 10_000 }, async () => {
  const hopeless = pull({ cacheDirectory: process.platform === 'linux' ? '/proc/nope' : '/dev/null/nope' });
  await assert.rejects(hopeless, { code: 'MODEL_INVALID', message: /nope for models cannot be made/ });
  await writeFile(join(cache, 'file'), '');
  await assert.rejects(pull({ cacheDirectory: join(cache, 'file', 'models') }), /cannot be made/);
  await pull({ cacheDirectory: join(cache, 'a', 'b') });
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
