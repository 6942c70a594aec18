import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { status } from '@grpc/grpc-js';
import { findPython, skipWithout, startRedisServer, startServer } from '@parley/testkit';
import { connectRedis, ControlCommand, parseWorkerAddress } from '@parley/worker-api';
import {
  connect,
  sessionUrl,
  type SessionEvent,
  type SpeechFrame,
} from '../packages/cli/src/client/index.ts';
import { createSystemClock } from '../packages/orchestrator/src/clock/system-clock.ts';
import { RedisRegistry } from '../packages/orchestrator/src/registry/index.ts';
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

/** A session with a server, whose frames and events are kept. */
async function openSession(t: TestContext, url: string) {
  const frames: SpeechFrame[] = [];
  const events: SessionEvent[] = [];
  let changed = Promise.withResolvers<void>();
  const tell = (): void => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const session = await connect({
    url: sessionUrl({ url }),
    handlers: {
      onAudio: (frame) => {
        frames.push(frame);
        tell();
      },
      onEvent: (event) => {
        events.push(event);
        tell();
      },
      onEnd: tell,
    },
  });
  t.after(() => session.close());
  session.send({ type: 'subscribe', events: ['utterance_end'] });
  const until = async (isSo: () => boolean): Promise<void> => {
    for (;;) {
      if (isSo()) return;
      await changed.promise;
    }
  };
  return { session, frames, events, until };
}

const ended = (events: readonly SessionEvent[]): boolean =>
  events.some(({ type }) => type === 'utterance_end');

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
    // What was under way is in by the time that the other session has had more.
    await b.atLeast(b.frames.length + 10);
    const held = a.frames.length;
    await b.atLeast(b.frames.length + 30);
    assert.equal(a.frames.length, held);
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
    const { session, frames, events, until } = await openSession(t, server.wsUrl);
    session.send({ type: 'text', text: 'Hello world.', is_final: true });
    await until(() => ended(events));
    assert.equal(frames.length, 36);
    assert.ok(frames.some(({ pcm }) => pcm.some((byte) => byte !== 0)));

    events.length = frames.length = 0;
    session.send({ type: 'text', text: 'A sentence that is held for a moment.', is_final: true });
    await until(() => frames.length >= 5);
    session.send({ type: 'control', command: 'PAUSE' });
    session.send({ type: 'control', command: 'RESUME' });
    await until(() => ended(events));
    assert.equal(frames.length, 37 * 3);

    events.length = frames.length = 0;
    session.send({
      type: 'text',
      text: 'A sentence that nobody wants to hear to its very end.',
      is_final: true,
    });
    await until(() => frames.length >= 5);
    session.send({ type: 'control', command: 'STOP' });
    await until(() => ended(events));
    assert.ok(frames.length < 53 * 3);
  });

  test(
    'is found in Redis with its record, and gone from it after SIGTERM',
    { skip: skipWithout('redis-server') },
    async (t) => {
      await using redis = await startRedisServer();
      const clock = createSystemClock();
      const logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger };
      const link = connectRedis({ url: redis.url, clock, logger });
      const registry = new RedisRegistry({ link, clock, logger });
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
});
