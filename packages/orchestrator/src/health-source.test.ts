import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWorkerRecord } from '@parley/worker-api';
import { FakeClock } from '@parley/testkit';
import { createHealthSource } from './health-source.ts';
import { MemoryRegistry } from './registry/index.ts';
import { SpeechOutcomes } from './speech-outcomes.ts';
import { noSpeechMetrics } from './tts/index.ts';

const clock = new FakeClock();

function statuses(parts: Partial<Parameters<typeof createHealthSource>[0]>): Record<string, string> {
  const source = createHealthSource({
    isTranscribing: false,
    registry: undefined,
    staticWorkerAddr: undefined,
    speech: new SpeechOutcomes(() => clock.nowMs()),
    ...parts,
  });
  return Object.fromEntries(Object.entries(source.check()).map(([name, { status }]) => [name, status]));
}

test('a fixed worker counts as usable until speaking has failed again and again, and is tried anew later', () => {
  const speech = new SpeechOutcomes(() => clock.nowMs());
  const metrics = speech.watch(noSpeechMetrics);
  const parts = { staticWorkerAddr: 'grpc://127.0.0.1:7001', speech };
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

test('a registry without a usable worker makes the service unavailable', async () => {
  const registry = new MemoryRegistry({ clock, ttlMs: 30_000 });
  assert.equal(statuses({ registry })['workers'], 'unavailable');
  const parsed = parseWorkerRecord({ name: 'w1', addr: 'grpc://127.0.0.1:7001' });
  assert.ok(parsed.kind === 'ok');
  await registry.register(parsed.record);
  assert.equal(statuses({ registry })['workers'], 'ok');
  await registry.heartbeat({ ...parsed.record, draining: true });
  assert.equal(statuses({ registry })['workers'], 'unavailable');
  await registry.close();
});

test('a registry with workers that all fail is degraded', async () => {
  const registry = new MemoryRegistry({ clock, ttlMs: 30_000 });
  const parsed = parseWorkerRecord({ name: 'w1', addr: 'grpc://127.0.0.1:7001' });
  assert.ok(parsed.kind === 'ok');
  await registry.register(parsed.record);
  const speech = new SpeechOutcomes(() => clock.nowMs());
  for (let count = 0; count < 3; count += 1) speech.watch(noSpeechMetrics).synthesisEnded('failed');
  assert.equal(statuses({ registry, speech })['workers'], 'degraded');
  await registry.close();
});

test('recognition is told as on or off', () => {
  assert.equal(statuses({ isTranscribing: true })['asr'], 'ok');
  assert.equal(statuses({})['asr'], 'disabled');
});

test('places that cannot be counted with others degrade the service, and do not end it', async () => {
  const registry = new MemoryRegistry({ clock, ttlMs: 30_000 });
  const lost = { kind: 'degraded', sinceWallMs: Date.UTC(2030, 0, 1), why: 'no answer' } as const;
  assert.equal(statuses({ registry })['leases'], 'disabled');
  assert.equal(statuses({ registry, leaseStatus: () => ({ kind: 'ok' }) })['leases'], 'ok');
  assert.equal(statuses({ registry, leaseStatus: () => lost })['leases'], 'degraded');
  await registry.close();
});
