import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { status } from '@grpc/grpc-js';
import { findPython, skipWithout, startRedisServer, startServer, silentLogger, until } from '@parley/testkit';
import { connectRedis, ControlCommand, parseWorkerAddress } from '@parley/worker-api';
import { createSystemClock } from '../packages/orchestrator/src/clock/system-clock.ts';
import { RedisRegistry } from '../packages/orchestrator/src/registry/index.ts';
import { V1Client } from './duplex/support/v1-client.ts';
import { audioOf, TestClient } from '../packages/worker/src/testing/test-client.ts';

const folder = fileURLToPath(new URL('../examples/python-worker', import.meta.url));
const python = findPython({
  modules: ['grpc', 'grpc_tools', 'redis'],
  requirementsFile: `${folder}/requirements.txt`,
});
const skip = python.kind === 'missing' ? python.why : false;

interface PythonWorker {
  readonly addr: string;
  readonly port: number;
  readonly child: ChildProcess;
  readonly exited: Promise<unknown[]>;
}

async function startPython(t: TestContext, ...args: string[]): Promise<PythonWorker> {
  const path = python.kind === 'found' ? python.path : '';
  const child = spawn(path, ['worker.py', '--port', '0', '--engine', 'tone', ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  let output = '';
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>();
  const read = (text: string): void => {
    output += text;
    const [, found] = /ready at (\S+)/u.exec(output) ?? [];
    if (found !== undefined) resolve(found);
  };
  child.stdout.setEncoding('utf8').on('data', read);
  child.stderr.setEncoding('utf8').on('data', read);
  void exited.then(() => reject(new Error(`the worker ended:\n${output}`)));
  const addr = await ready;
  const parsed = parseWorkerAddress(addr);
  assert.equal(parsed.kind, 'ok');
  return { addr, port: parsed.address.port, child, exited };
}

interface Frame {
  readonly pcm: Buffer;
}

/** A session over the base dialect, whose frames and ends of utterances are kept. */
async function openSession(t: TestContext, url: string) {
  const frames: Frame[] = [];
  /** Reasons of `utterance_end`. */
  const ends: string[] = [];
  let changed = Promise.withResolvers<void>();
  const socket = new WebSocket(url);
  t.after(() => socket.close());
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as { type: string; pcm?: string; reason?: string };
    if (message.type === 'audio') frames.push({ pcm: Buffer.from(message.pcm ?? '', 'base64') });
    if (message.type === 'utterance_end') ends.push(message.reason ?? '');
    changed.resolve();
    changed = Promise.withResolvers();
  });
  await once(socket, 'open');
  const send = (message: object): void => socket.send(JSON.stringify(message));
  send({ type: 'subscribe', events: ['utterance_end'] });
  const until = async (isSo: () => boolean): Promise<void> => {
    for (;;) {
      if (isSo()) return;
      await changed.promise;
    }
  };
  return { send, frames, ends, until };
}

describe('a worker in plain Python, with the fixed fields of the ABI and the record only', { skip }, () => {
  test('serves every call of the ABI', async (t) => {
    const worker = await startPython(t, '--max-sessions', '1');
    using client = new TestClient(worker.port);
    const { models } = await client.listModels();
    assert.deepEqual(
      models.map(({ modelId, isLoaded }) => [modelId, isLoaded]),
      [['python-tone', true]],
    );
    assert.equal((await client.capabilities()).capabilities?.maxConcurrentSessions, 1);
    assert.equal((await client.start('s', 'other')).success, false);
    assert.equal((await client.start('s')).success, true);
    await assert.rejects(client.start('t'), { code: status.RESOURCE_EXHAUSTED });
    const frames = await client.speak('s', 'Hello', ' world');
    assert.equal(audioOf(frames).length, 11 * 60 * 48);
    assert.equal(frames.at(-1)?.isFinal, true);
    await assert.rejects(client.control('nobody', ControlCommand.PAUSE), { code: status.NOT_FOUND });
    assert.equal((await client.loadModel('python-tone')).success, true);
    assert.equal((await client.unloadModel('python-tone')).success, false);
    await client.end('s');
    assert.equal((await client.start('t')).success, true);
  });

  test('pauses, resumes and stops one session without touching another', async (t) => {
    const worker = await startPython(t, '--tone-speed', '20');
    using client = new TestClient(worker.port);
    await Promise.all([client.start('a'), client.start('b')]);
    const [a, b] = [client.open(), client.open()];
    a.send({ sessionId: 'a', text: 'x'.repeat(50), isFinal: true });
    b.send({ sessionId: 'b', text: 'x'.repeat(5000), isFinal: true });
    await Promise.all([a.atLeast(2), b.atLeast(2)]);
    await client.control('a', ControlCommand.PAUSE);
    // What is on its way, and a frame that was about to be sent, may still come.
    await b.atLeast(b.frames.length + 100);
    const held = a.frames.length;
    await b.atLeast(b.frames.length + 300);
    assert.ok(a.frames.length <= held + 1, `${a.frames.length - held} frames came in the pause`);
    await client.control('a', ControlCommand.RESUME);
    await a.ended;
    assert.equal(a.frames.length, 151);
    await client.control('b', ControlCommand.STOP);
    await b.ended;
    assert.equal(b.frames.at(-1)?.isFinal, true);
    assert.ok(b.frames.length < 15_000);
  });

  test('is used by an orchestrator at a fixed address: spoken, paused, resumed, stopped', async (t) => {
    const worker = await startPython(t);
    const args = ['--set', `routing.static_worker_addr=${worker.addr}`];
    await using server = await startServer({ engine: 'none', args });
    await isUsed(server.wsUrl);
  });

  test(
    'is used by an orchestrator that finds it over Redis: spoken, paused, resumed, stopped',
    { skip: skipWithout('redis-server') },
    async (t) => {
      await using redis = await startRedisServer();
      await startPython(t, '--redis', redis.url, '--name', 'py');
      const args = ['--set', 'registry.kind=redis', '--set', `redis.url=${redis.url}`];
      await using server = await startServer({ engine: 'none', args });
      await untilListed(server.url, 1);
      await isUsed(server.wsUrl);
    },
  );

  test(
    'is found in Redis with its record, and gone from it after SIGTERM',
    { skip: skipWithout('redis-server') },
    async (t) => {
      await using redis = await startRedisServer();
      const clock = createSystemClock();
      const link = connectRedis({ url: redis.url, clock, logger: silentLogger });
      const registry = new RedisRegistry({ link, clock, logger: silentLogger });
      t.after(async () => {
        await registry.close();
        link.close();
      });
      const worker = await startPython(t, '--redis', redis.url, '--name', 'py', '--max-sessions', '3');
      await link.untilReady(5000);
      const [record] = await registry.waitForWorkers({ timeoutMs: 20_000 });
      assert.deepEqual([record?.name, record?.addr, record?.epoch], ['py', worker.addr, undefined]);
      assert.equal(record?.capabilities.max_concurrent_sessions, 3);
      const ttl = (await registry.getWorkerTtl('py')) ?? 0;
      assert.ok(ttl > 20 && ttl <= 30, `the time to live is ${ttl}`);
      worker.child.kill('SIGTERM');
      assert.deepEqual(await worker.exited, [0, null]);
      assert.equal(await registry.getWorker('py'), undefined);
    },
  );

  test(
    'is found over Redis and failed over from: killed while it speaks, another says the rest',
    { skip: skipWithout('redis-server') },
    async (t) => {
      await using redis = await startRedisServer();
      const args = ['--redis', redis.url, '--tone-speed', '2'];
      const workers = await Promise.all([
        startPython(t, ...args, '--name', 'py-1'),
        startPython(t, ...args, '--name', 'py-2'),
      ]);
      const shared = ['--set', 'registry.kind=redis', '--set', `redis.url=${redis.url}`];
      await using server = await startServer({ engine: 'none', args: shared });
      await untilListed(server.url, 2);
      const { send, frames, ends, until } = await openSession(t, server.wsUrl);
      const sentences = ['This is the first sentence.', 'Here comes another one.', 'And this is the last.'];
      send({ type: 'text', text: sentences.join(' '), is_final: true });
      await until(() => frames.length >= 20);
      const sessions = (await (await fetch(`${server.url}/v1/sessions`)).json()) as {
        readonly sessions: readonly { readonly worker_addr: string }[];
      };
      const speaking = workers.find(({ addr }) => addr === sessions.sessions[0]?.worker_addr);
      assert.ok(speaking, 'the session has no worker');
      speaking.child.kill('SIGKILL');
      await until(() => ends.length > 0);
      assert.deepEqual(ends, ['completed']);
      const spoken = sentences.join('').length * 3;
      const longest = Math.max(...sentences.map(({ length }) => length)) * 3;
      assert.ok(frames.length >= spoken, `${frames.length} frames came of ${spoken}`);
      assert.ok(frames.length <= spoken + longest, `${frames.length} frames came of ${spoken}: said twice`);
    },
  );
});

/** Three frames a character are due, each in its place. */
async function isUsed(wsUrl: string): Promise<void> {
  await using client = await V1Client.connect(wsUrl);
  client.say('Hello world.');
  assert.equal((await client.message('utterance_end')).reason, 'completed');
  assert.equal(client.frameCount, 36);
  assert.ok(client.samples().some((sample) => sample !== 0));

  const held = 'A sentence that is held for a moment, and heard to its end after that.';
  client.say(held);
  await client.framesReach(36 + 5);
  client.control('PAUSE');
  await client.message('pause');
  const { frameCount } = client;
  assert.ok(frameCount < 36 + held.length * 3, 'there is more to come');
  // While another session hears most of a second, this one hears nothing.
  await using neighbour = await V1Client.connect(wsUrl);
  neighbour.say('Nobody holds this one, which is heard meanwhile.');
  await neighbour.framesReach(60);
  await client.settled();
  assert.equal(client.frameCount, frameCount);
  client.control('RESUME');
  assert.equal((await client.message('utterance_end', 2)).reason, 'completed');
  assert.equal(client.frameCount, 36 + held.length * 3);
  assert.equal((await neighbour.message('utterance_end')).reason, 'completed');

  const before = client.frameCount;
  const unwanted = 'A sentence that nobody wants to hear to its very end.';
  client.say(unwanted);
  await client.framesReach(before + 5);
  client.control('STOP');
  assert.equal((await client.message('utterance_end', 3)).reason, 'stopped');
  assert.ok(client.frameCount < before + unwanted.length * 3);
}

async function untilListed(url: string, count: number): Promise<void> {
  await until(async () => {
    const list = (await (await fetch(`${url}/v1/workers`)).json()) as { readonly total: number };
    return list.total >= count;
  }, `${count} workers at ${url}`);
}
