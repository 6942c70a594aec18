import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@parley/testkit';
import { silentLogger } from '../logger.ts';
import { ManualEngine } from '../testing/manual-engine.ts';
import { ModelManager } from './model-manager.ts';
import type { ModelPolicy } from './model-manager-options.ts';

function manage(modelIds: string[], policy: ModelPolicy = {}) {
  const engine = new ManualEngine(modelIds);
  const clock = new FakeClock();
  const models = new ModelManager({ engine, clock, logger: silentLogger, ...policy });
  return { engine, clock, models };
}

test('the default model and those to preload are loaded at start', async () => {
  const { models } = manage(['a', 'b', 'c'], { defaultModelId: 'b', preload: ['c'] });
  await models.start();
  assert.deepEqual(models.residents(), ['b', 'c']);
});

test('a model that is loaded at start must exist', () => {
  assert.throws(() => manage(['a'], { preload: ['x'] }), { code: 'UNKNOWN_MODEL', message: /"x".*has a$/ });
});

test('sessions that want a model at once share one load', async () => {
  const { engine, models } = manage(['a', 'b']);
  const gate = engine.holdLoads('b');
  const leases = Promise.all([models.acquire('b'), models.acquire('b'), models.load('b')]);
  gate.release();
  const [first, second] = await leases;
  assert.equal(first.use().model, second.use().model);
  assert.deepEqual(engine.loads, ['b']);
});

test('a failed load fails everyone who waits, and the next one tries again', async () => {
  const { engine, models } = manage(['a']);
  const gate = engine.holdLoads('a');
  const attempts = Promise.allSettled([models.acquire('a'), models.acquire('a')]);
  gate.fail(new Error('no such file'));
  for (const attempt of await attempts) {
    assert.equal(attempt.status, 'rejected');
    assert.match(String(attempt.reason), /a could not be loaded: no such file/);
  }
  assert.equal(models.list()[0]?.refs, 0);
  await models.acquire('a');
  assert.deepEqual(engine.loads, ['a', 'a']);
});

test('no more loads run at once than allowed', async () => {
  const { engine, models } = manage(['a', 'b', 'c', 'd', 'e'], { maxParallelLoads: 2 });
  const gates = ['a', 'b', 'c', 'd', 'e'].map((id) => engine.holdLoads(id));
  const all = Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => models.load(id)));
  await engine.loading(2);
  for (const gate of gates) gate.release();
  await all;
  assert.equal(engine.mostLoadingAtOnce, 2);
  assert.equal(models.residents().length, 5);
});

test('an unused model is unloaded after its time, counted from its last use', async () => {
  const { engine, clock, models } = manage(['a', 'b'], { idleTtlMs: 1000, minResidencyMs: 0 });
  await models.start();
  const lease = await models.acquire('b');
  clock.advance(5000);
  assert.deepEqual(models.residents(), ['a', 'b'], 'in use');
  lease.release();
  clock.advance(999);
  assert.deepEqual(models.residents(), ['a', 'b']);
  clock.advance(1);
  assert.deepEqual(models.residents(), ['a'], 'the default model stays');
  assert.deepEqual(engine.unloads, ['b']);
});

test('a model stays for its minimum residency however idle it is', async () => {
  const { clock, models } = manage(['a', 'b'], { idleTtlMs: 10, minResidencyMs: 1000 });
  await models.load('b');
  clock.advance(999);
  assert.deepEqual(models.residents(), ['b']);
  clock.advance(1);
  assert.deepEqual(models.residents(), []);
});

test('with an idle time of 0 nothing is unloaded on its own', async () => {
  const { clock, models } = manage(['a', 'b'], { idleTtlMs: 0 });
  await models.load('b');
  clock.advance(1e9);
  assert.deepEqual(models.residents(), ['b']);
});

test('for one model too many the least recently used goes, the default last', async () => {
  const { clock, models } = manage(['a', 'b', 'c', 'd'], { maxResident: 3 });
  for (const id of ['a', 'b', 'c', 'b']) {
    await models.load(id);
    clock.advance(1);
  }
  await models.load('d');
  assert.deepEqual(models.residents(), ['a', 'b', 'd']);
});

test('a model in use is never evicted: one too many is refused, and says why', async () => {
  const { models } = manage(['a', 'b', 'c'], { maxResident: 2 });
  await models.acquire('a');
  const lease = await models.acquire('b');
  await assert.rejects(models.acquire('c'), { code: 'NO_ROOM', message: /2 models are in use, at most 2/ });
  lease.release();
  lease.release();
  await models.acquire('c');
  assert.deepEqual(models.residents(), ['a', 'c']);
});

test('a model in use is not unloaded on request', async () => {
  const { models } = manage(['a', 'b']);
  const lease = await models.acquire('b');
  assert.deepEqual(await models.unload('b'), { kind: 'in_use', refs: 1 });
  lease.release();
  assert.deepEqual(await models.unload('b'), { kind: 'unloaded' });
  assert.deepEqual(await models.unload('b'), { kind: 'not_loaded' });
  assert.deepEqual(await models.unload('x'), { kind: 'unknown' });
});

test('a reload keeps the old weights until what is spoken with them has ended', async () => {
  const { engine, models } = manage(['a']);
  const lease = await models.acquire('a');
  const old = lease.use();
  await models.reload('a');
  const fresh = lease.use();
  assert.notEqual(fresh.model, old.model);
  assert.deepEqual(engine.unloads, []);
  old.done();
  old.done();
  await Promise.resolve();
  assert.deepEqual(engine.unloads, ['a']);
  assert.deepEqual(models.residents(), ['a']);
});

test('a closed manager has unloaded everything, leaves no timer and loads nothing more', async () => {
  const { engine, clock, models } = manage(['a', 'b', 'c']);
  await models.load('a');
  await models.load('b');
  const gate = engine.holdLoads('c');
  const late = models.load('c');
  const closed = models.close();
  gate.release();
  await assert.rejects(late, { code: 'CLOSED' });
  await closed;
  await models.close();
  assert.deepEqual(engine.unloads.toSorted(), ['a', 'b', 'c']);
  assert.equal(clock.pending, 0);
  await assert.rejects(models.acquire('a'), { code: 'CLOSED' });
});
