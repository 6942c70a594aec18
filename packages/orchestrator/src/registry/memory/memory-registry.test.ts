import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@parley/testkit';
import { testRegistryContract, workerRecord } from '../testing/registry-contract.ts';
import { MemoryRegistry } from './memory-registry.ts';

testRegistryContract('memory registry', async (t) => {
  const clock = new FakeClock();
  const registry = new MemoryRegistry({ clock, ttlMs: 30_000 });
  t.after(async () => {
    await registry.close();
    assert.equal(clock.pending, 0, 'a timer was left behind');
  });
  return { registry, announcements: registry, ttlMs: 30_000, passTime: async (ms) => clock.advance(ms) };
});

test('the time to live counts down in seconds, and heartbeats are stamped by both clocks', async () => {
  const clock = new FakeClock(1_000_000);
  const registry = new MemoryRegistry({ clock, ttlMs: 30_000 });
  await registry.register(workerRecord('a'));
  clock.advance(12_500);
  assert.equal(await registry.getWorkerTtl('a'), 17.5);
  assert.equal((await registry.getWorker('a'))?.last_heartbeat_ts, 1000);
  await registry.heartbeat(workerRecord('a'));
  assert.equal(registry.snapshot()[0]?.heardAtMs, 12_500);
  await registry.close();
});
