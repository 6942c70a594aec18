import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { parseWorkerRecord } from '@parley/worker-api';
import { FakeClock } from '@parley/testkit';
import { createHealthSource } from './health-source.ts';
import type { HealthSource } from './http/index.ts';
import { MemoryRegistry } from './registry/index.ts';
import { MemoryLeaseBook, RegistryRouter } from './routing/index.ts';
import { SpeechOutcomes } from './speech-outcomes.ts';
import { noSpeechMetrics } from './tts/index.ts';

const clock = new FakeClock();

type Parts = Partial<Parameters<typeof createHealthSource>[0]>;

function sourceOf(parts: Parts): HealthSource {
  return createHealthSource({
    asr: undefined,
    router: { workers: () => undefined },
    registry: undefined,
    speech: new SpeechOutcomes(() => clock.nowMs()),
    ...parts,
  });
}

function statuses(parts: Parts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(sourceOf(parts).check()).map(([name, { status }]) => [name, status]),
  );
}

test('a fixed worker counts as usable until speaking has failed again and again, and is tried anew later', () => {
  const speech = new SpeechOutcomes(() => clock.nowMs());
  const metrics = speech.watch(noSpeechMetrics);
  const parts = { speech };
  assert.equal(statuses(parts)['workers'], 'ok');
  metrics.synthesisEnded('unavailable');
  metrics.synthesisEnded('failed');
  metrics.synthesisEnded('cancelled');
  assert.equal(statuses(parts)['workers'], 'ok');
  metrics.synthesisEnded('unavailable');
  assert.equal(statuses(parts)['workers'], 'unavailable');
  clock.advance(30_000);
  assert.equal(statuses(parts)['workers'], 'ok', 'nobody would try it otherwise');
  metrics.synthesisEnded('failed');
  assert.equal(statuses(parts)['workers'], 'unavailable');
  metrics.synthesisEnded('completed');
  assert.equal(statuses(parts)['workers'], 'ok');
});

/** A router over a registry with a worker `w1`, whose record may change. */
async function fleet(t: TestContext) {
  const time = new FakeClock();
  const registry = new MemoryRegistry({ clock: time, ttlMs: 3_600_000 });
  const router = new RegistryRouter({
    registry,
    leases: new MemoryLeaseBook(),
    clock: time,
    strategy: 'queue_depth',
    preferResident: true,
    staleAfterMs: 30_000,
    capacityWaitMs: 0,
    random: () => 0,
  });
  t.after(async () => {
    router.close();
    await registry.close();
  });
  const parsed = parseWorkerRecord({ name: 'w1', addr: 'grpc://127.0.0.1:7001' });
  assert.ok(parsed.kind === 'ok');
  return { time, registry, router, record: parsed.record };
}

test('no worker that a session could get makes the service unavailable', async (t) => {
  const { time, registry, router, record } = await fleet(t);
  assert.equal(statuses({ router })['workers'], 'unavailable');
  await registry.register(record);
  assert.equal(statuses({ router })['workers'], 'ok');
  await registry.heartbeat({ ...record, draining: true });
  assert.equal(statuses({ router })['workers'], 'unavailable');
  await registry.heartbeat(record);
  assert.equal(statuses({ router })['workers'], 'ok');
  time.advance(30_000);
  assert.equal(registry.snapshot().length, 1);
  assert.equal(
    statuses({ router })['workers'],
    'unavailable',
    'it has fallen silent, and sessions are refused',
  );
});

test('workers that have all failed again and again degrade the service: they are tried all the same', async (t) => {
  const { registry, router, record } = await fleet(t);
  await registry.register(record);
  const place = { workerName: 'w1', addr: record.addr, residentModels: [], mustLoad: false };
  for (let count = 0; count < 5; count += 1) router.noteOutcome(place, 'failed');
  assert.equal(statuses({ router })['workers'], 'degraded');
  await registry.register({ ...record, name: 'w2' });
  assert.equal(statuses({ router })['workers'], 'ok');
});

test('workers with which no attempt to speak succeeds are degraded', async (t) => {
  const { registry, router, record } = await fleet(t);
  await registry.register(record);
  const speech = new SpeechOutcomes(() => clock.nowMs());
  for (let count = 0; count < 3; count += 1) speech.watch(noSpeechMetrics).synthesisEnded('failed');
  assert.equal(statuses({ router, speech })['workers'], 'degraded');
});

test('recognition is told as on or off, and as degraded with what is wrong as long as it is', () => {
  assert.equal(statuses({})['asr'], 'disabled');
  const asr: { problem: string | undefined } = { problem: undefined };
  const source = sourceOf({ asr });
  assert.deepEqual(source.check().asr, { status: 'ok' });
  asr.problem = '1 of 2 processes cannot be started';
  assert.deepEqual(source.check().asr, {
    status: 'degraded',
    detail: '1 of 2 processes cannot be started',
  });
  asr.problem = undefined;
  assert.deepEqual(source.check().asr, { status: 'ok' });
});

test('places that cannot be counted with others degrade the service, and do not end it', async () => {
  const registry = new MemoryRegistry({ clock, ttlMs: 30_000 });
  const lost = { kind: 'degraded', sinceWallMs: Date.UTC(2030, 0, 1), why: 'no answer' } as const;
  assert.equal(statuses({ registry })['leases'], 'disabled');
  assert.equal(statuses({ registry, leaseStatus: () => ({ kind: 'ok' }) })['leases'], 'ok');
  assert.equal(statuses({ registry, leaseStatus: () => lost })['leases'], 'degraded');
  await registry.close();
});
