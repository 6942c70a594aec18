import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { status } from '@grpc/grpc-js';
import { loadResampler } from '@parley/audio';
import { FakeClock } from '@parley/testkit';
import type { WorkerRecord } from '@parley/worker-api';
import { MemoryRegistry } from '../registry/index.ts';
import { MemoryLeaseBook, RegistryRouter, StaticRouter, type Router } from '../routing/index.ts';
import type { SpeechFailureReason, SpeechMetrics } from './speech-metrics.ts';
import { CollectingSink } from './testing/collecting-sink.ts';
import { quietLogger } from './testing/quiet-logger.ts';
import { audioFrame, countedSamples, ScriptedWorker, type WorkerScript } from './testing/scripted-worker.ts';
import { createWorkerPool, type GrpcWorkerPool } from './worker-pool.ts';

const resamplers = await loadResampler();

/** Speaks each text as one frame. */
const speaks: WorkerScript = {
  synthesize(call) {
    call.write(audioFrame(countedSamples(960), 48_000, true));
    call.end();
  },
};

interface Stage {
  readonly pool: GrpcWorkerPool;
  readonly clock: FakeClock;
  readonly registry: MemoryRegistry;
  readonly leases: MemoryLeaseBook;
  readonly failures: SpeechFailureReason[];
  readonly counts: Record<string, number>;
  readonly worker: (script?: WorkerScript, record?: Partial<WorkerRecord>) => Promise<ScriptedWorker>;
}

function stage(t: TestContext, makeRouter?: (clock: FakeClock) => Router): Stage {
  const clock = new FakeClock();
  const registry = new MemoryRegistry({ clock, ttlMs: 3_600_000 });
  const leases = new MemoryLeaseBook();
  const failures: SpeechFailureReason[] = [];
  const counts: Record<string, number> = {};
  const count = (name: string): void => void (counts[name] = (counts[name] ?? 0) + 1);
  const metrics: SpeechMetrics = {
    workerChosen: count,
    synthesisStarted: () => count('started'),
    synthesisEnded: count,
    workerFirstAudioMs: () => count('firstAudio'),
    backPressureMs() {},
    failure: (reason) => void failures.push(reason),
  };
  const router =
    makeRouter?.(clock) ??
    new RegistryRouter({
      registry,
      leases,
      clock,
      strategy: 'queue_depth',
      preferResident: true,
      staleAfterMs: 3_600_000,
      capacityWaitMs: 500,
      random: () => 0.5,
    });
  const pool = createWorkerPool({ router, resamplers, clock, logger: quietLogger, metrics });
  const workers: ScriptedWorker[] = [];
  t.after(async () => {
    const closed = pool.close();
    while (!(await Promise.race([closed.then(() => true), tick()]))) clock.advance(1000);
    router.close();
    await registry.close();
    for (const worker of workers) worker.close();
    assert.equal(clock.pending, 0, 'a timer was left behind');
  });
  return {
    pool,
    clock,
    registry,
    leases,
    failures,
    counts,
    async worker(script = speaks, record = {}) {
      const worker = await ScriptedWorker.start(script);
      workers.push(worker);
      const name = `w${workers.length}`;
      const capabilities = {
        streaming: true,
        zero_shot: false,
        languages: ['en'],
        max_concurrent_sessions: 2,
      };
      const metrics = { rtf: 0, queue_depth: 0, p50_latency_ms: 0 };
      await registry.register({
        name,
        addr: worker.addr,
        capabilities,
        resident_models: ['m1'],
        metrics,
        ...record,
      });
      return worker;
    },
  };
}

async function tick(): Promise<false> {
  await new Promise((resolve) => setImmediate(resolve));
  return false;
}

test('the first segment opens the session on a worker, and later ones use it again', async (t) => {
  const { pool, worker, leases, counts } = stage(t);
  const w1 = await worker();
  const session = pool.openSession('s1');
  assert.equal(session.workerAddr, undefined);
  assert.equal(leases.activeSessions('w1'), 0);
  const voice = { language: 'en-US', modelId: 'm1', voice: 'anna' };
  const sink = new CollectingSink();
  assert.deepEqual(await session.synthesize('One.', voice, sink).done, { kind: 'completed' });
  assert.deepEqual(await session.synthesize('Two.', { ...voice }, sink).done, { kind: 'completed' });
  assert.equal(sink.frames.length, 2);
  assert.equal(session.workerAddr, w1.addr);
  assert.equal(leases.activeSessions('w1'), 1);
  assert.deepEqual(w1.log, ['start s1', 'text One.', 'text Two.']);
  assert.equal(w1.starts[0]?.modelId, 'm1');
  assert.deepEqual(w1.starts[0]?.options, { language: 'en-US', voice: 'anna', sample_rate: '48000' });
  assert.deepEqual(counts, { queue_depth: 1, started: 2, firstAudio: 2, completed: 2 });
});

test('static routing needs no registry', async (t) => {
  const w1 = await ScriptedWorker.start(speaks);
  t.after(() => w1.close());
  const { pool } = stage(t, () => new StaticRouter(w1.addr));
  const session = pool.openSession('s1');
  const result = await session.synthesize('One.', {}, new CollectingSink()).done;
  assert.deepEqual(result, { kind: 'completed' });
  assert.equal(session.workerAddr, w1.addr);
});

test('a session that is silent for a while gives its place back, and takes one again to speak', async (t) => {
  const { pool, worker, leases, clock } = stage(t);
  const w1 = await worker();
  const session = pool.openSession('s1');
  await session.synthesize('One.', {}, new CollectingSink()).done;
  await tick();
  clock.advance(4999);
  assert.equal(leases.activeSessions('w1'), 1);
  clock.advance(1);
  await w1.logged('end s1');
  while (leases.activeSessions('w1') > 0) await tick();
  await session.synthesize('Two.', {}, new CollectingSink()).done;
  assert.deepEqual(w1.log, ['start s1', 'text One.', 'end s1', 'start s1', 'text Two.']);
});

test('the end of one session never touches another', async (t) => {
  const { pool, worker } = stage(t);
  const sinks = [new CollectingSink(1), new CollectingSink()];
  const w1 = await worker({
    synthesize(call) {
      for (let i = 0; i < 5; i += 1) call.write(audioFrame(countedSamples(960, 1 + i * 960)));
      call.end();
    },
  });
  const [stays, goes] = [pool.openSession('stays'), pool.openSession('goes')];
  const [a, b] = sinks as [CollectingSink, CollectingSink];
  const staying = stays.synthesize('Long.', {}, a);
  await a.has(1);
  await goes.synthesize('Short.', {}, b).done;
  await goes.close();
  assert.deepEqual(
    w1.log.filter((entry) => entry.startsWith('end') || entry.startsWith('cancelled')),
    ['end goes'],
  );
  a.room = 100;
  staying.resume();
  assert.deepEqual(await staying.done, { kind: 'completed' });
  assert.ok(a.bytes.equals(countedSamples(4800)));
});

test('a cancelled segment frees the session for the next one at once', async (t) => {
  const { pool, worker, counts } = stage(t);
  const w1 = await worker({
    synthesize(call, { text }) {
      call.write(audioFrame(countedSamples(960), 48_000, text === 'Two.'));
    },
  });
  const session = pool.openSession('s1');
  const [first, second] = [new CollectingSink(), new CollectingSink()];
  const one = session.synthesize('One.', {}, first);
  await first.has(1);
  one.cancel();
  one.cancel();
  assert.deepEqual(await session.synthesize('Two.', {}, second).done, { kind: 'completed' });
  assert.deepEqual(await one.done, { kind: 'cancelled' });
  await w1.logged('cancelled One.');
  assert.equal(first.frames.length, 1);
  assert.equal(counts['cancelled'], 1);
});

test('another voice opens the session anew on the same worker', async (t) => {
  const { pool, worker, leases } = stage(t);
  const w1 = await worker();
  const session = pool.openSession('s1');
  await session.synthesize('One.', { voice: 'anna' }, new CollectingSink()).done;
  await session.synthesize('Two.', { voice: 'otto' }, new CollectingSink()).done;
  assert.deepEqual(
    w1.starts.map(({ options }) => options['voice']),
    ['anna', 'otto'],
  );
  assert.equal(w1.log.includes('end s1'), false);
  assert.equal(leases.activeSessions('w1'), 1);
});

test('a language the worker does not speak moves the session to one that does', async (t) => {
  const { pool, worker, leases } = stage(t);
  const w1 = await worker();
  const w2 = await worker(speaks, {
    capabilities: { streaming: true, zero_shot: false, languages: ['de'], max_concurrent_sessions: 1 },
  });
  const session = pool.openSession('s1');
  await session.synthesize('One.', { language: 'en' }, new CollectingSink()).done;
  assert.equal(session.workerAddr, w1.addr);
  await session.synthesize('Zwei.', { language: 'de-AT' }, new CollectingSink()).done;
  assert.equal(session.workerAddr, w2.addr);
  assert.deepEqual(w1.log, ['start s1', 'text One.', 'end s1']);
  assert.equal(leases.activeSessions('w1'), 0);
  const none = await session.synthesize('Trois.', { language: 'fr' }, new CollectingSink()).done;
  assert.deepEqual(none, { kind: 'unavailable', message: 'No worker speaks the language "fr".' });
});

test('a worker that is full or says no is passed over for the next', async (t) => {
  const { pool, worker, leases, failures } = stage(t);
  const full = { startSession: () => Promise.reject({ code: status.RESOURCE_EXHAUSTED, details: 'full' }) };
  const no = { startSession: () => Promise.resolve({ success: false, message: 'no such voice' }) };
  const refusing = [await worker(full), await worker(no)];
  const w3 = await worker();
  const session = pool.openSession('s1');
  assert.deepEqual(await session.synthesize('One.', {}, new CollectingSink()).done, { kind: 'completed' });
  assert.equal(session.workerAddr, w3.addr);
  assert.deepEqual([leases.activeSessions('w1'), leases.activeSessions('w2')], [0, 0]);
  assert.equal(refusing.flatMap(({ log }) => log).filter((entry) => entry.startsWith('text')).length, 0);
  assert.ok(failures.every((reason) => reason === 'start_refused'));
});

test('when every worker is full, the answer is to try again', async (t) => {
  const { pool, worker, leases } = stage(t);
  const full = { startSession: () => Promise.reject({ code: status.RESOURCE_EXHAUSTED, details: 'full' }) };
  await worker(full);
  const session = pool.openSession('s1');
  const result = await session.synthesize('One.', {}, new CollectingSink()).done;
  assert.deepEqual(result, { kind: 'unavailable', message: 'All workers are busy.', retryAfterMs: 1000 });
  assert.equal(leases.activeSessions('w1'), 0);
});

test('a worker that nobody listens for is unavailable, and the session can speak once it is there', async (t) => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  await new Promise((resolve) => probe.close(resolve));
  const { pool, failures } = stage(t, () => new StaticRouter(`127.0.0.1:${port}`));
  const session = pool.openSession('s1');
  const result = await session.synthesize('One.', {}, new CollectingSink()).done;
  assert.deepEqual(result, { kind: 'unavailable', message: 'A worker could not be reached.' });
  assert.deepEqual(failures, ['start_unreachable']);
  const worker = await ScriptedWorker.start(speaks, port);
  t.after(() => worker.close());
  let again = await session.synthesize('Two.', {}, new CollectingSink()).done;
  while (again.kind === 'unavailable')
    again = await session.synthesize('Two.', {}, new CollectingSink()).done;
  assert.deepEqual(again, { kind: 'completed' });
});

test('a worker that never answers is unavailable after its deadline, and is told goodbye', async (t) => {
  const { pool, worker, clock, failures } = stage(t);
  const w1 = await worker({ startSession: () => new Promise(() => {}) });
  const session = pool.openSession('s1');
  const run = session.synthesize('One.', {}, new CollectingSink());
  await w1.logged('start s1');
  clock.advance(2999);
  assert.deepEqual(failures, []);
  clock.advance(1);
  assert.deepEqual(await run.done, { kind: 'unavailable', message: 'A worker did not answer.' });
  assert.deepEqual(failures, ['start_timeout']);
  await w1.logged('end s1');
});

test('a worker that hangs fails the segment, and the next segment chooses anew', async (t) => {
  const { pool, worker, clock, leases, failures } = stage(t);
  const w1 = await worker({ synthesize() {} });
  const session = pool.openSession('s1');
  const run = session.synthesize('One.', {}, new CollectingSink());
  await w1.logged('text One.');
  const w2 = await worker();
  clock.advance(5000);
  assert.deepEqual(await run.done, { kind: 'failed', message: 'The worker sent no audio in time.' });
  assert.deepEqual(failures, ['first_frame_timeout']);
  await w1.logged('end s1');
  while (leases.activeSessions('w1') > 0) await tick();
  w1.script = speaks;
  assert.deepEqual(await session.synthesize('Two.', {}, new CollectingSink()).done, { kind: 'completed' });
  assert.equal(w1.starts.length + w2.starts.length, 2);
});

test('a goodbye that a worker is slow to take never ends the session that was started after it', async (t) => {
  const { pool, worker } = stage(t);
  const goodbye = Promise.withResolvers<{ success: boolean }>();
  const w1 = await worker({ synthesize: (call) => call.end(), endSession: () => goodbye.promise });
  const session = pool.openSession('s1');
  const failed = await session.synthesize('One.', {}, new CollectingSink()).done;
  assert.deepEqual(failed, { kind: 'failed', message: 'The worker gave no audio.' });
  await w1.logged('end s1');
  w1.script = speaks;
  const next = session.synthesize('Two.', {}, new CollectingSink());
  await tick();
  assert.equal(w1.starts.length, 1, 'the session was started before its predecessor was gone');
  goodbye.resolve({ success: true });
  assert.deepEqual(await next.done, { kind: 'completed' });
  assert.deepEqual(w1.log, ['start s1', 'text One.', 'end s1', 'start s1', 'text Two.']);
});

test('a worker that has forgotten the session is told of it again, unheard', async (t) => {
  const { pool, worker } = stage(t);
  const w1 = await worker({
    synthesize(call, chunk) {
      if (w1.starts.length > 1) speaks.synthesize?.(call, chunk);
      else call.emit('error', { code: status.NOT_FOUND, details: 'no such session' });
    },
  });
  const session = pool.openSession('s1');
  assert.deepEqual(await session.synthesize('One.', {}, new CollectingSink()).done, { kind: 'completed' });
  assert.equal(w1.starts.length, 2);
});

test('a worker that dies while it speaks fails the segment; when it is gone, there is none', async (t) => {
  const { pool, worker, registry } = stage(t);
  const w1 = await worker({ synthesize: (call) => void call.write(audioFrame(countedSamples(960))) });
  const session = pool.openSession('s1');
  const sink = new CollectingSink();
  const run = session.synthesize('One.', {}, sink);
  await sink.has(1);
  w1.close();
  assert.deepEqual(await run.done, { kind: 'failed', message: 'The worker failed.' });
  await registry.deregister('w1');
  const next = await session.synthesize('Two.', {}, sink).done;
  assert.deepEqual(next, { kind: 'unavailable', message: 'There are no workers.', retryAfterMs: 1000 });
});

test('a session whose worker has left goes on elsewhere without losing a segment', async (t) => {
  const { pool, worker, registry } = stage(t);
  const w1 = await worker();
  const session = pool.openSession('s1');
  await session.synthesize('One.', {}, new CollectingSink()).done;
  w1.close();
  await registry.deregister('w1');
  const w2 = await worker();
  assert.deepEqual(await session.synthesize('Two.', {}, new CollectingSink()).done, { kind: 'completed' });
  assert.equal(session.workerAddr, w2.addr);
});

test('when all places are taken, a session that does not use its own makes room', async (t) => {
  const { pool, worker } = stage(t);
  const w1 = await worker();
  for (const id of ['a', 'b', 'c']) {
    const session = pool.openSession(id);
    assert.deepEqual(await session.synthesize('Hi.', {}, new CollectingSink()).done, { kind: 'completed' });
    await tick();
  }
  assert.deepEqual(
    w1.log.filter((entry) => !entry.startsWith('text')),
    ['start a', 'start b', 'end a', 'start c'],
  );
});

test('when all places are in use, the answer after a wait is to try again', async (t) => {
  const { pool, worker, clock, failures } = stage(t);
  const w1 = await worker({ synthesize() {} });
  for (const id of ['a', 'b']) pool.openSession(id).synthesize('Hi.', {}, new CollectingSink());
  await w1.logged('text Hi.', 2);
  const third = pool.openSession('c').synthesize('Hi.', {}, new CollectingSink());
  await tick();
  clock.advance(500);
  assert.deepEqual(await third.done, {
    kind: 'unavailable',
    message: 'All workers are busy.',
    retryAfterMs: 1000,
  });
  assert.deepEqual(failures, ['no_room']);
  assert.equal(w1.starts.length, 2);
});

test('a segment that waits for a place can be cancelled', async (t) => {
  const { pool, worker, clock } = stage(t);
  const w1 = await worker({ synthesize() {} });
  for (const id of ['a', 'b']) pool.openSession(id).synthesize('Hi.', {}, new CollectingSink());
  await w1.logged('text Hi.', 2);
  const before = clock.pending;
  const third = pool.openSession('c').synthesize('Hi.', {}, new CollectingSink());
  await tick();
  third.cancel();
  assert.deepEqual(await third.done, { kind: 'cancelled' });
  await tick();
  assert.equal(clock.pending, before);
});

test('blank text is spoken by saying nothing, without a worker', async (t) => {
  const { pool } = stage(t);
  const result = await pool.openSession('s1').synthesize(' \n\t', {}, new CollectingSink()).done;
  assert.deepEqual(result, { kind: 'completed' });
});

test('closing a session cancels what it says, ends it on the worker and frees its place', async (t) => {
  const { pool, worker, leases } = stage(t);
  const w1 = await worker({ synthesize() {} });
  const session = pool.openSession('s1');
  const run = session.synthesize('One.', {}, new CollectingSink());
  await w1.logged('text One.');
  await Promise.all([session.close(), session.close()]);
  assert.deepEqual(await run.done, { kind: 'cancelled' });
  await w1.logged('cancelled One.');
  assert.equal(leases.activeSessions('w1'), 0);
  assert.equal(w1.log.filter((entry) => entry === 'end s1').length, 1);
  const late = await session.synthesize('Two.', {}, new CollectingSink()).done;
  assert.deepEqual(late, { kind: 'cancelled' });
});

test('closing does not wait for a worker that does not answer', async (t) => {
  const { pool, worker, clock, leases } = stage(t);
  const never = new Promise<never>(() => {});
  const w1 = await worker({ startSession: () => never, endSession: () => never });
  const session = pool.openSession('s1');
  session.synthesize('One.', {}, new CollectingSink());
  await w1.logged('start s1');
  const closed = session.close();
  await w1.logged('end s1');
  clock.advance(1000);
  await closed;
  assert.equal(leases.activeSessions('w1'), 0);
});
