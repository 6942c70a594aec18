import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StaticRouter } from '../routing/index.ts';
import { CollectingSink } from './testing/collecting-sink.ts';
import { speaks, stagePool, tick } from './testing/pool-stage.ts';
import { audioFrame, countedSamples, ScriptedWorker } from './testing/scripted-worker.ts';

test('the first segment opens the session on a worker, and later ones use it again', async (t) => {
  const { pool, worker, leases, counts } = stagePool(t);
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

test('a worker is told which place a session has taken, and of which life of it', async (t) => {
  const { pool, worker } = stagePool(t);
  const w1 = await worker(speaks, { epoch: 7 });
  await pool.openSession('s1').synthesize('One.', {}, new CollectingSink()).done;
  const [metadata] = w1.startMetadata;
  assert.deepEqual(metadata?.get('parley-lease-id'), ['s1/1']);
  assert.deepEqual(metadata?.get('parley-worker-epoch'), ['7']);
});

test('static routing needs no registry', async (t) => {
  const w1 = await ScriptedWorker.start(speaks);
  t.after(() => w1.close());
  const { pool } = stagePool(t, () => new StaticRouter(w1.addr));
  const session = pool.openSession('s1');
  const result = await session.synthesize('One.', {}, new CollectingSink()).done;
  assert.deepEqual(result, { kind: 'completed' });
  assert.equal(session.workerAddr, w1.addr);
  assert.deepEqual(w1.startMetadata[0]?.get('parley-lease-id'), []);
});

test('a session that is silent for a while gives its place back, and takes one again to speak', async (t) => {
  const { pool, worker, leases, clock } = stagePool(t);
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
  const { pool, worker } = stagePool(t);
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
  const { pool, worker, counts } = stagePool(t);
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
  const { pool, worker, leases } = stagePool(t);
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

test('where another voice is refused, the session that was open with the one before is ended', async (t) => {
  const { pool, worker, leases } = stagePool(t);
  const w1 = await worker({
    ...speaks,
    startSession: async ({ options }) => ({ success: options['voice'] === 'anna', message: 'no such voice' }),
  });
  const session = pool.openSession('s1');
  await session.synthesize('One.', { voice: 'anna' }, new CollectingSink()).done;
  const refused = await session.synthesize('Two.', { voice: 'otto' }, new CollectingSink()).done;
  assert.equal(refused.kind, 'unavailable');
  await session.close();
  assert.deepEqual(w1.log, ['start s1', 'text One.', 'start s1', 'end s1', 'start s1']);
  assert.equal(leases.activeSessions('w1'), 0);
});

test('a language the worker does not speak moves the session to one that does', async (t) => {
  const { pool, worker, leases } = stagePool(t);
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

test('when all places are taken, a session that does not use its own makes room', async (t) => {
  const { pool, worker } = stagePool(t);
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

test(
  'on a worker that is drained no sentence waits for a place elsewhere',
  { timeout: 10_000 },
  async (t) => {
    const { pool, worker, registry, failures } = stagePool(t);
    const one = { streaming: true, zero_shot: false, languages: ['en'], max_concurrent_sessions: 1 };
    const w1 = await worker(speaks, { capabilities: one });
    const session = pool.openSession('s1');
    const say = (text: string) => session.synthesize(text, {}, new CollectingSink()).done;
    await say('One.');
    const w2 = await worker({ synthesize() {} }, { capabilities: one });
    const neighbour = pool.openSession('s2');
    neighbour.synthesize('Long.', {}, new CollectingSink());
    await w2.logged('text Long.');
    const record = await registry.getWorker('w1');
    assert.ok(record);
    await registry.heartbeat({ ...record, draining: true });
    // The clock stands still: nothing that waits would come to an end.
    assert.deepEqual(await say('Two.'), { kind: 'completed' });
    assert.equal(session.workerAddr, w1.addr);
    assert.deepEqual(failures, []);
    await neighbour.close();
    w2.script = speaks;
    assert.deepEqual(await say('Three.'), { kind: 'completed' });
    assert.equal(session.workerAddr, w2.addr, 'it moves as soon as there is room');
  },
);

test('when all places are in use, the answer after a wait is to try again', async (t) => {
  const { pool, worker, clock, failures } = stagePool(t);
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
  const { pool, worker, clock } = stagePool(t);
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
  const { pool } = stagePool(t);
  const result = await pool.openSession('s1').synthesize(' \n\t', {}, new CollectingSink()).done;
  assert.deepEqual(result, { kind: 'completed' });
});

test('closing a session cancels what it says, ends it on the worker and frees its place', async (t) => {
  const { pool, worker, leases } = stagePool(t);
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
  const { pool, worker, clock, leases } = stagePool(t);
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

test('warming up speaks to nobody, leaves nothing behind and counts nothing', async (t) => {
  const { pool, worker, leases, counts } = stagePool(t);
  const w1 = await worker();
  await pool.warmUp();
  assert.deepEqual(w1.log, ['start warm-up', 'text Hello.', 'end warm-up']);
  assert.equal(leases.activeSessions('w1'), 0);
  assert.deepEqual(counts, {});
});

test('warming up a worker that hangs is given up', async (t) => {
  const { pool, worker, clock, failures } = stagePool(t);
  const w1 = await worker({ synthesize() {} });
  const warm = pool.warmUp();
  await w1.logged('text Hello.');
  clock.advance(5000);
  await warm;
  assert.deepEqual(failures, []);
});
