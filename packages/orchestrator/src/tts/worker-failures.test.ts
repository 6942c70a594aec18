import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { StaticRouter, type Router } from '../routing/index.ts';
import { CollectingSink } from './testing/collecting-sink.ts';
import { speaks, stagePool, tick } from './testing/pool-stage.ts';
import { audioFrame, countedSamples, ScriptedWorker } from './testing/scripted-worker.ts';

test('a worker that is full or says no is passed over for the next', async (t) => {
  const { pool, worker, leases, failures } = stagePool(t);
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

for (const { how, startSession } of [
  {
    how: 'with a status that is about us',
    startSession: () => Promise.reject({ code: status.UNAUTHENTICATED, details: 'no token' }),
  },
  {
    how: 'what another one takes',
    startSession: () => Promise.resolve({ success: false, message: 'the model is broken' }),
  },
]) {
  test(`a worker that refuses all sessions ${how} is shut out after five`, async (t) => {
    const { pool, worker } = stagePool(t);
    const many = { streaming: true, zero_shot: false, languages: ['en'], max_concurrent_sessions: 100 };
    const refuser = await worker({ startSession }, { capabilities: many });
    await worker(speaks, { capabilities: many });
    for (let i = 1; i <= 20; i += 1) {
      const session = pool.openSession(`s${i}`);
      const result = await session.synthesize('One.', {}, new CollectingSink()).done;
      assert.deepEqual(result, { kind: 'completed' });
    }
    assert.equal(refuser.starts.length, 5);
  });
}

test('a refusal of what nobody takes does not speak against a worker', async (t) => {
  const no = { startSession: () => Promise.resolve({ success: false, message: 'no such voice' }) };
  const worker = await ScriptedWorker.start(no);
  t.after(() => worker.close());
  const outcomes: string[] = [];
  const { pool } = stagePool(t, () => {
    const router: Router = new StaticRouter(worker.addr);
    router.noteOutcome = (_place, outcome) => void outcomes.push(outcome);
    return router;
  });
  const session = pool.openSession('s1');
  const { kind } = await session.synthesize('One.', {}, new CollectingSink()).done;
  assert.equal(kind, 'unavailable');
  assert.deepEqual(outcomes, []);
  worker.script = speaks;
  await session.synthesize('Two.', {}, new CollectingSink()).done;
  assert.deepEqual(outcomes, ['succeeded']);
});

test('when every worker is full, the answer is to try again', async (t) => {
  const { pool, worker, leases } = stagePool(t);
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
  const { pool, failures } = stagePool(t, () => new StaticRouter(`127.0.0.1:${port}`));
  const session = pool.openSession('s1');
  const result = await session.synthesize('One.', {}, new CollectingSink()).done;
  const gone = { kind: 'unavailable', message: 'A worker could not be reached.', retryAfterMs: 1000 };
  assert.deepEqual(result, gone);
  assert.deepEqual(failures, ['start_unreachable']);
  const worker = await ScriptedWorker.start(speaks, port);
  t.after(() => worker.close());
  let again = await session.synthesize('Two.', {}, new CollectingSink()).done;
  while (again.kind === 'unavailable')
    again = await session.synthesize('Two.', {}, new CollectingSink()).done;
  assert.deepEqual(again, { kind: 'completed' });
});

test('a worker that never answers is unavailable after its deadline, and is told goodbye', async (t) => {
  const { pool, worker, clock, failures } = stagePool(t);
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

test('a second session does not wait for a worker that did not answer the first', async (t) => {
  const { pool, worker, clock } = stagePool(t);
  const w1 = await worker({ startSession: () => new Promise(() => {}) });
  const first = pool.openSession('s1').synthesize('One.', {}, new CollectingSink());
  await w1.logged('start s1');
  const w2 = await worker();
  clock.advance(3000);
  assert.deepEqual(await first.done, { kind: 'completed' });
  for (const id of ['s2', 's3', 's4']) {
    const run = pool.openSession(id).synthesize('Two.', {}, new CollectingSink());
    assert.deepEqual(await run.done, { kind: 'completed' });
  }
  assert.deepEqual(
    w1.log.filter((line) => line.startsWith('start')),
    ['start s1'],
  );
  assert.ok(w2.log.includes('start s4'));
});

test('a worker that hangs is given up for another, and only for another', async (t) => {
  const { pool, worker, clock, leases, failures } = stagePool(t);
  const w1 = await worker({ synthesize() {} });
  const session = pool.openSession('s1');
  const alone = session.synthesize('One.', {}, new CollectingSink());
  await w1.logged('text One.');
  clock.advance(5000);
  assert.deepEqual(await alone.done, { kind: 'failed', message: 'The worker sent no audio in time.' });
  assert.deepEqual(failures, ['first_frame_timeout', 'refused']);
  await w1.logged('end s1');
  while (leases.activeSessions('w1') > 0) await tick();
  const next = session.synthesize('Two.', {}, new CollectingSink());
  await w1.logged('text Two.');
  const w2 = await worker();
  clock.advance(5000);
  assert.deepEqual(await next.done, { kind: 'completed' });
  assert.deepEqual(w2.log, ['start s1', 'text Two.']);
  assert.equal(session.workerAddr, w2.addr);
});

test('a worker that failed once is asked again where all others are full', async (t) => {
  const { pool, worker, leases, clock, failures } = stagePool(t);
  let fail: (() => void) | undefined;
  const w1 = await worker({
    synthesize(call) {
      fail = () => void call.emit('error', { code: status.INTERNAL, details: 'once' });
    },
  });
  const session = pool.openSession('s1');
  const run = session.synthesize('One.', {}, new CollectingSink());
  await w1.logged('text One.');
  await worker();
  for (const other of ['a', 'b']) await leases.claim(other, [{ workerName: 'w2', capacity: 2 }]);
  w1.script = speaks;
  fail?.();
  const ended = run.done.then(() => true);
  while (!(await Promise.race([ended, tick()]))) clock.advance(10);
  assert.deepEqual(await run.done, { kind: 'completed' });
  assert.equal(session.workerAddr, w1.addr);
  assert.deepEqual(failures, ['worker_error']);
});

test('a goodbye that a worker is slow to take never ends the session that was started after it', async (t) => {
  const { pool, worker } = stagePool(t);
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
  const { pool, worker } = stagePool(t);
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
  const { pool, worker, registry, clock } = stagePool(t);
  const w1 = await worker({ synthesize: (call) => void call.write(audioFrame(countedSamples(960))) });
  const session = pool.openSession('s1');
  const sink = new CollectingSink();
  const run = session.synthesize('One.', {}, sink);
  await sink.has(1);
  w1.close();
  const ended = run.done.then(() => true);
  // Another may be starting in its place, so that is waited for.
  while (!(await Promise.race([ended, tick()]))) clock.advance(100);
  assert.deepEqual(await run.done, { kind: 'failed', message: 'The worker failed.' });
  await registry.deregister('w1');
  const next = await session.synthesize('Two.', {}, sink).done;
  assert.deepEqual(next, { kind: 'unavailable', message: 'There are no workers.', retryAfterMs: 1000 });
});

test('a session whose worker has left goes on elsewhere without losing a segment', async (t) => {
  const { pool, worker, registry } = stagePool(t);
  const w1 = await worker();
  const session = pool.openSession('s1');
  await session.synthesize('One.', {}, new CollectingSink()).done;
  w1.close();
  await registry.deregister('w1');
  const w2 = await worker();
  assert.deepEqual(await session.synthesize('Two.', {}, new CollectingSink()).done, { kind: 'completed' });
  assert.equal(session.workerAddr, w2.addr);
});
