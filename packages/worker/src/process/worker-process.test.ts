import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseWorkerAddress } from '@parley/worker-api';
import { TestClient } from '../testing/test-client.ts';
import {
  type EmbeddedWorkerCommand,
  type EmbeddedWorkerMessage,
  parseEmbeddedWorkerMessage,
} from './ipc-messages.ts';
import { workerProcessUrl } from './worker-process-url.ts';

const script = fileURLToPath(workerProcessUrl);
const toneInput = { engine: 'tone', name: 'w', port: 0 };

function forkWorker(t: TestContext, input: object): ChildProcess {
  const child = fork(script, [JSON.stringify(input)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

async function nextMessage(
  child: ChildProcess,
  type: EmbeddedWorkerMessage['type'],
): Promise<EmbeddedWorkerMessage> {
  for (;;) {
    const [value] = (await once(child, 'message')) as [unknown];
    const message = parseEmbeddedWorkerMessage(value);
    assert.ok(message, `unknown message ${JSON.stringify(value)}`);
    if (message.type === type) return message;
  }
}

async function connect(child: ChildProcess): Promise<TestClient> {
  const ready = await nextMessage(child, 'ready');
  const parsed = parseWorkerAddress(ready.type === 'ready' ? ready.addr : '');
  assert.equal(parsed.kind, 'ok');
  return new TestClient(parsed.address.port);
}

function command(child: ChildProcess, message: EmbeddedWorkerCommand): void {
  child.send(message);
}

test('an embedded worker registers, says when it is ready, outlives signals and drains on command', async (t) => {
  const child = forkWorker(t, { ...toneInput, engineOptions: { speed: 1, duration_ms: 500 } });
  const registered = await nextMessage(child, 'register');
  assert.ok(registered.type === 'register' && registered.record.name === 'w');
  assert.match(registered.record.version ?? '', /^\d+\.\d+\.\d+/u);
  using client = await connect(child);
  await client.start('s');
  const stream = client.open();
  stream.send({ sessionId: 's', text: 'x', isFinal: true });
  await stream.atLeast(1);
  child.kill('SIGTERM');
  child.kill('SIGINT');
  const gone = nextMessage(child, 'deregister');
  const exit = once(child, 'exit');
  command(child, { type: 'drain' });
  await stream.ended;
  assert.equal(stream.frames.length, 26, 'all of it was spoken');
  await gone;
  assert.deepEqual(await exit, [0, null]);
});

test('an embedded worker whose parent is gone ends, whatever it is saying', async (t) => {
  const child = forkWorker(t, { ...toneInput, engineOptions: { speed: 1, duration_ms: 3_600_000 } });
  using client = await connect(child);
  await client.start('s');
  const stream = client.open();
  stream.send({ sessionId: 's', text: 'x' });
  await stream.atLeast(1);
  const exit = once(child, 'exit');
  child.disconnect();
  assert.deepEqual(await exit, [0, null]);
});

test('a close cuts a drain short', async (t) => {
  const child = forkWorker(t, { ...toneInput, engineOptions: { speed: 1, duration_ms: 3_600_000 } });
  using client = await connect(child);
  await client.start('s');
  const stream = client.open();
  stream.send({ sessionId: 's', text: 'x' });
  await stream.atLeast(1);
  const exit = once(child, 'exit');
  const draining = nextMessage(child, 'heartbeat');
  command(child, { type: 'drain' });
  await draining;
  command(child, { type: 'close' });
  assert.deepEqual(await exit, [0, null]);
});

test('the exit fault takes the whole process down', async (t) => {
  const child = forkWorker(t, toneInput);
  using client = await connect(child);
  await client.start('s', '', { 'tone.fault': 'exit', 'tone.fault_after_frames': '1' });
  const exit = once(child, 'exit');
  await assert.rejects(client.speak('s', 'x'));
  assert.deepEqual(await exit, [70, null]);
});

test('an embedded worker that cannot start says why', async (t) => {
  const child = forkWorker(t, { ...toneInput, engineOptions: { mode: 'x' } });
  const exit = once(child, 'exit');
  const failed = await nextMessage(child, 'failed');
  assert.ok(failed.type === 'failed' && failed.code === 'BAD_OPTIONS' && failed.message.includes('mode'));
  assert.deepEqual(await exit, [1, null]);
});

test('wrong options end a worker process with code 2 and name every one', async (t) => {
  const child = forkWorker(t, { engine: 'x', port: -1 });
  const output = text(child.stderr ?? Readable.from([]));
  assert.deepEqual(await once(child, 'exit'), [2, null]);
  assert.match(await output, /engine:[^]*port:/);
});

test('a worker of its own that finds its port taken says so and fails', async (t) => {
  const squatter = createServer().listen(0, '127.0.0.1');
  t.after(() => squatter.close());
  await once(squatter, 'listening');
  const { port } = squatter.address() as AddressInfo;
  const child = spawn(process.execPath, [script, JSON.stringify({ ...toneInput, port })], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const output = text(child.stderr);
  assert.deepEqual(await once(child, 'exit'), [1, null]);
  assert.match(await output, new RegExp(`another process listens on 127\\.0\\.0\\.1:${port}`));
});

/** Starts a worker of its own; settles when it takes calls. */
async function spawnReady(t: TestContext, input: object): Promise<{ child: ChildProcess; addr: string }> {
  const child = spawn(process.execPath, [script, JSON.stringify(input)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  child.stderr.setEncoding('utf8');
  let log = '';
  while (!log.includes('worker ready')) {
    const [lines] = (await once(child.stderr, 'data')) as [string];
    log += lines;
  }
  return { child, addr: /grpc:\/\/[\d.:]+/u.exec(log)?.[0] ?? '' };
}

test('a worker of its own drains at the first signal', async (t) => {
  const { child } = await spawnReady(t, toneInput);
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  assert.deepEqual(await exit, [0, null]);
});

test('another signal during the drain ends a worker of its own at once, however soon it comes', async (t) => {
  const { child, addr } = await spawnReady(t, {
    ...toneInput,
    engineOptions: { speed: 1, duration_ms: 3_600_000 },
  });
  const parsed = parseWorkerAddress(addr);
  assert.equal(parsed.kind, 'ok', addr);
  using client = new TestClient(parsed.address.port);
  await client.start('s');
  const stream = client.open();
  stream.send({ sessionId: 's', text: 'x' });
  await stream.atLeast(1);
  const exit = once(child, 'exit');
  child.kill('SIGINT');
  child.kill('SIGTERM');
  const [code] = (await exit) as [number | null];
  // Signals that wait together come in the order of their numbers, or as they were sent.
  assert.ok(code === 130 || code === 143, `exit code ${code}`);
});
