import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { loadResampler } from '@parley/audio';
import { FakeClock, silentLogger } from '@parley/testkit';
import { countedSample } from '@parley/worker';
import type { WorkerRecord } from '@parley/worker-api';
import { createSystemClock } from '../clock/system-clock.ts';
import { MemoryRegistry } from '../registry/index.ts';
import { MemoryLeaseBook, RegistryRouter } from '../routing/index.ts';
import type { SpeechSession, SynthesisResult } from '../session/ports/worker-pool.ts';
import { CollectingSink } from '../tts/testing/collecting-sink.ts';
import { createWorkerPool } from '../tts/worker-pool.ts';
import { startEmbeddedWorker, type EmbeddedWorker, type EmbeddedWorkerOptions } from './embedded-worker.ts';
import { recordLog, type LoggedLine } from './testing/log-recorder.ts';

const resamplers = await loadResampler();

interface Stage {
  readonly registry: MemoryRegistry;
  readonly lines: LoggedLine[];
  readonly start: (changes?: Partial<EmbeddedWorkerOptions>) => Promise<EmbeddedWorker>;
  readonly openSession: (id: string) => SpeechSession;
}

function stage(
  t: TestContext,
  clock: FakeClock | ReturnType<typeof createSystemClock> = createSystemClock(),
): Stage {
  const registry = new MemoryRegistry({ clock, ttlMs: 3_600_000 });
  const router = new RegistryRouter({
    registry,
    clock,
    leases: new MemoryLeaseBook(),
    strategy: 'queue_depth',
    preferResident: true,
    staleAfterMs: 3_600_000,
    capacityWaitMs: 500,
    random: () => 0,
  });
  const pool = createWorkerPool({
    router,
    resamplers,
    clock,
    logger: silentLogger,
    recoveryWaitMs: 60_000,
  });
  const lines: LoggedLine[] = [];
  let worker: EmbeddedWorker | undefined;
  t.after(async () => {
    await pool.close();
    await worker?.close();
    router.close();
    await registry.close();
  });
  return {
    registry,
    lines,
    async start(changes) {
      worker = await startEmbeddedWorker({
        announcements: registry,
        clock,
        logger: recordLog(lines),
        engine: 'tone',
        engineOptions: { duration_ms: 100 },
        maxConcurrentSessions: 3,
        ttlMs: 30_000,
        ...changes,
      });
      return worker;
    },
    openSession: (id) => pool.openSession(id),
  };
}

function say(session: SpeechSession, sink: CollectingSink = new CollectingSink()): Promise<SynthesisResult> {
  return session.synthesize('Hello.', {}, sink).done;
}

/** The first record in the registry of which `isIt` holds. */
function record(registry: MemoryRegistry, isIt: (record: WorkerRecord) => boolean): Promise<WorkerRecord> {
  return new Promise((resolve) => {
    const look = (): void => {
      const found = registry.snapshot().find(isIt);
      if (found === undefined) return;
      stop();
      resolve(found);
    };
    const stop = registry.onChange(look);
    look();
  });
}

function gone(registry: MemoryRegistry): Promise<void> {
  return new Promise((resolve) => {
    const stop = registry.onChange(() => {
      if (registry.snapshot().length > 0) return;
      stop();
      resolve();
    });
  });
}

test('it starts a worker that is registered and speaks, and forwards its log', async (t) => {
  const { registry, lines, start, openSession } = stage(t);
  const worker = await start();
  const [found] = registry.snapshot();
  assert.equal(found?.name, 'embedded');
  assert.equal(found?.capabilities.max_concurrent_sessions, 3);
  const sink = new CollectingSink();
  assert.deepEqual(await say(openSession('s1'), sink), { kind: 'completed' });
  assert.equal(sink.frames.length, 5);
  const ready = lines.find(({ message }) => message === 'worker ready');
  assert.equal(ready?.level, 'info');
  assert.equal(ready?.fields['worker'], 'embedded');
  assert.equal(ready?.fields['addr'], found?.addr);
  await Promise.all([worker.close(), worker.close()]);
  assert.deepEqual(registry.snapshot(), []);
  assert.equal(worker.pid, undefined);
});

test('a signal to the whole process group does not stop it', async (t) => {
  const { registry, start, openSession } = stage(t);
  const worker = await start();
  const { pid = 0 } = worker;
  process.kill(pid, 'SIGINT');
  process.kill(pid, 'SIGTERM');
  process.kill(pid, 'SIGHUP');
  assert.deepEqual(await say(openSession('s1')), { kind: 'completed' });
  assert.equal(worker.pid, pid);
  assert.equal(registry.snapshot().length, 1);
});

test('a worker that dies is gone from the registry at once and is started again', async (t) => {
  const { registry, lines, start, openSession } = stage(t);
  const worker = await start();
  const session = openSession('s1');
  assert.deepEqual(await say(session), { kind: 'completed' });
  const [before] = registry.snapshot();
  const { pid = 0 } = worker;
  const left = gone(registry);
  process.kill(pid, 'SIGKILL');
  await left;
  assert.deepEqual(await say(session), { kind: 'completed' }, 'a session that had a worker waits for it');
  const after = await record(registry, ({ epoch }) => epoch !== before?.epoch);
  assert.notEqual(worker.pid, pid);
  assert.notEqual(after.addr, before?.addr);
  assert.deepEqual(await say(session), { kind: 'completed' });
  const told = lines.find(({ message }) => message === 'the worker process has ended and is started again');
  assert.deepEqual(told?.fields, { worker: 'embedded', how: 'it ended with SIGKILL', restartMs: 200 });
});

test('a worker that dies while it speaks goes on where it was once it is back', async (t) => {
  const { start, openSession } = stage(t);
  const worker = await start({ engineOptions: { duration_ms: 600, speed: 1 } });
  const session = openSession('s1');
  const sink = new CollectingSink();
  const speaking = say(session, sink);
  await sink.has(5);
  process.kill(worker.pid ?? 0, 'SIGKILL');
  assert.deepEqual(await speaking, { kind: 'completed' });
  assert.equal(sink.frames.length, 30);
  const samples = Array.from({ length: 30 * 960 }, (_, at) => sink.bytes.readInt16LE(at * 2));
  assert.ok(samples.every((sample, at) => sample === countedSample('Hello.', at)));
});

test('draining lets it finish what it speaks', async (t) => {
  const { start, openSession, registry } = stage(t);
  const worker = await start({ engineOptions: { duration_ms: 400, speed: 1 } });
  const sink = new CollectingSink();
  const speaking = say(openSession('s1'), sink);
  await sink.has(1);
  const drained = worker.drain(10_000);
  assert.deepEqual(await speaking, { kind: 'completed' });
  assert.equal(sink.frames.length, 20);
  await drained;
  assert.equal(worker.pid, undefined);
  assert.deepEqual(registry.snapshot(), []);
});

test('options that the worker does not know stop the start, with the reason', async (t) => {
  const { start } = stage(t);
  await assert.rejects(start({ engine: 'nonsense' }), {
    name: 'ParleyError',
    code: 'WORKER_START_FAILED',
    message: /engine nonsense could not start: it ended with code 2; wrong worker options:; engine/,
  });
  await assert.rejects(start({ engineOptions: { tempo: 3 } }), {
    code: 'WORKER_START_FAILED',
    message: /tempo/,
  });
});

test('a process that ends before it is ready stops the start, with what it printed', async (t) => {
  const { start } = stage(t);
  await assert.rejects(start({ processUrl: new URL('testing/fails-to-start.ts', import.meta.url) }), {
    code: 'WORKER_START_FAILED',
    message: /it ended with code 3; the voice data is missing$/,
  });
  await assert.rejects(start({ processUrl: new URL('testing/says-why-it-fails.ts', import.meta.url) }), {
    code: 'WORKER_START_FAILED',
    message: /could not start: the model is broken$/,
  });
});

test('a process that never gets ready is killed', async (t) => {
  const clock = new FakeClock();
  const { start } = stage(t, clock);
  const started = start({
    engine: 'mute',
    startTimeoutMs: 5000,
    processUrl: new URL('testing/falls-silent.ts', import.meta.url),
  });
  clock.advance(5999);
  clock.advance(1);
  // The kill that follows is real: closing waits for it.
  await assert.rejects(started, { code: 'WORKER_START_FAILED', message: /it was not ready after 5000 ms$/ });
});

test('a worker that stands still is killed and started again', async (t) => {
  const clock = new FakeClock();
  const { start, registry } = stage(t, clock);
  const worker = await start({ processUrl: new URL('testing/falls-silent.ts', import.meta.url) });
  const { pid } = worker;
  const left = gone(registry);
  clock.advance(30_999);
  assert.equal(worker.pid, pid);
  clock.advance(1);
  await left;
  clock.advance(200);
  const next = await record(registry, ({ epoch }) => epoch !== pid);
  assert.equal(worker.pid, next.epoch);
  const closed = worker.close();
  clock.advance(3000);
  await closed;
  assert.equal(worker.pid, undefined);
});
