import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectivityState } from '@grpc/grpc-js';
import { FakeClock } from '@parley/testkit';
import { WorkerChannels } from './worker-channels.ts';

const ADDR = 'grpc://127.0.0.1:7001';

test('sessions share a connection up to its limit, and workers share none', () => {
  const channels = new WorkerChannels({ clock: new FakeClock(), sessionsPerConnection: 2 });
  const [a, b, c] = [channels.acquire(ADDR), channels.acquire(ADDR), channels.acquire(ADDR)];
  assert.equal(a.client, b.client);
  assert.notEqual(a.client, c.client);
  assert.notEqual(channels.acquire('grpc://127.0.0.1:7002').client, c.client);
  assert.equal(channels.size, 3);
  a.release();
  a.release();
  assert.equal(channels.acquire(ADDR).client, b.client, 'a place that became free was not used');
  assert.equal(channels.acquire(ADDR).client, c.client);
  assert.equal(channels.size, 3);
  channels.close();
});

test('an unused connection is kept for a while, then closed', () => {
  const clock = new FakeClock();
  const channels = new WorkerChannels({ clock, idleMs: 1000 });
  const first = channels.acquire(ADDR);
  first.release();
  clock.advance(999);
  const second = channels.acquire(ADDR);
  assert.equal(second.client, first.client);
  clock.advance(5000);
  assert.equal(channels.size, 1);
  second.release();
  clock.advance(1000);
  assert.equal(channels.size, 0);
  assert.equal(second.client.getChannel().getConnectivityState(false), connectivityState.SHUTDOWN);
  assert.equal(clock.pending, 0);
});

test('a connection on which a worker did not answer gets no new session', () => {
  const clock = new FakeClock();
  const channels = new WorkerChannels({ clock });
  const [bad, alsoBad] = [channels.acquire(ADDR), channels.acquire(ADDR)];
  bad.distrust();
  bad.release();
  const good = channels.acquire(ADDR);
  assert.notEqual(good.client, bad.client);
  assert.equal(channels.size, 2);
  alsoBad.release();
  assert.equal(channels.size, 1);
  assert.equal(bad.client.getChannel().getConnectivityState(false), connectivityState.SHUTDOWN);
  channels.close();
});

test('closing closes all connections, and none is made any more', () => {
  const clock = new FakeClock();
  const channels = new WorkerChannels({ clock });
  const [used, idle] = [channels.acquire(ADDR), channels.acquire('grpc://127.0.0.1:7002')];
  idle.release();
  channels.close();
  channels.close();
  used.release();
  assert.equal(used.client.getChannel().getConnectivityState(false), connectivityState.SHUTDOWN);
  assert.equal(clock.pending, 0);
  assert.throws(() => channels.acquire(ADDR), { code: 'UNSUPPORTED' });
});

test('an address that is none says so', () => {
  const channels = new WorkerChannels({ clock: new FakeClock() });
  assert.throws(() => channels.acquire('http://x'), { code: 'WORKER_ADDRESS_INVALID' });
  channels.close();
});
