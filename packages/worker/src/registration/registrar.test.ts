import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@parley/testkit';
import type { WorkerRecord } from '@parley/worker-api';
import { silentLogger } from '../logger.ts';
import { Registrar } from './registrar.ts';

const record: WorkerRecord = {
  name: 'w',
  addr: 'grpc://127.0.0.1:7001',
  capabilities: { streaming: true, zero_shot: false, languages: [], max_concurrent_sessions: 1 },
  resident_models: [],
  metrics: { rtf: 0, queue_depth: 0, p50_latency_ms: 0 },
  draining: false,
};

/** A registrar whose heartbeats answer when they are let. */
async function stage() {
  let draining = false;
  const told: (boolean | undefined)[] = [];
  const answers: (() => void)[] = [];
  const goodbyes: string[] = [];
  const clock = new FakeClock();
  const registrar = new Registrar({
    registration: {
      register: async () => {},
      heartbeat: (sent) => {
        told.push(sent.draining);
        const { promise, resolve } = Promise.withResolvers<void>();
        answers.push(resolve);
        return promise;
      },
      deregister: async (name) => void goodbyes.push(name),
    },
    record: () => ({ ...record, draining }),
    ttlMs: 30_000,
    clock,
    logger: silentLogger,
  });
  await registrar.start();
  const drain = (): Promise<void> => {
    draining = true;
    return registrar.beat();
  };
  return { registrar, clock, told, answers, goodbyes, drain };
}

test('a drain that falls into a heartbeat under way is told right after it', async () => {
  const { registrar, clock, told, answers, drain } = await stage();
  clock.advance(10_000);
  assert.deepEqual(told, [false]);
  const drained = drain();
  void registrar.beat();
  answers[0]?.();
  while (told.length < 2) await new Promise(setImmediate);
  assert.deepEqual(told, [false, true]);
  answers[1]?.();
  await drained;
  assert.equal(told.length, 2, 'all who asked meanwhile share one beat');
  await registrar.close();
});

test('no beat follows the goodbye', async () => {
  const { registrar, clock, told, answers, goodbyes, drain } = await stage();
  clock.advance(10_000);
  const drained = drain();
  const closed = registrar.close();
  answers[0]?.();
  await Promise.all([drained, closed]);
  assert.deepEqual([told, goodbyes], [[false], ['w']]);
  assert.equal(clock.pending, 0);
});
