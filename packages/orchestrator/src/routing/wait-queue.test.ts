import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@parley/testkit';
import { WaitQueue, type WaitEnd, type WaitOptions } from './wait-queue.ts';

function open(limit = 100) {
  const clock = new FakeClock();
  const queue = new WaitQueue(clock, limit);
  const wait = (options: Partial<WaitOptions> = {}): Promise<WaitEnd> =>
    queue.wait({
      timeoutMs: 500,
      since: queue.wakes,
      signal: new AbortController().signal,
      wants: () => true,
      ...options,
    });
  return { clock, queue, wait };
}

test('a place wakes the first who wants it, and nobody else', async () => {
  const { queue, wait, clock } = open();
  const picky = wait({ wants: (name) => name === 'b' });
  const [first, second] = [wait(), wait()];
  queue.wakeFor('a');
  assert.deepEqual(await first, { kind: 'woken', freed: ['a'] });
  assert.equal(queue.length, 2);
  queue.wakeFor('b');
  assert.deepEqual(await picky, { kind: 'woken', freed: ['b'] });
  clock.advance(500);
  assert.deepEqual(await second, { kind: 'timeout' });
  assert.deepEqual([queue.length, clock.pending], [0, 0]);
});

test('places that become free while one looks elsewhere are not missed', async () => {
  const { queue, wait, clock } = open();
  const since = queue.wakes;
  for (const name of ['a', 'b', 'c']) queue.wakeFor(name);
  assert.deepEqual(await wait({ since }), { kind: 'woken', freed: ['a', 'b', 'c'] });
  assert.deepEqual(await wait({ since: since + 2 }), { kind: 'woken', freed: ['c'] });
  const useless = wait({ since, wants: () => false });
  clock.advance(500);
  assert.deepEqual(await useless, { kind: 'timeout' });
});

test('a wake for all is not forgotten when a place becomes free after it', async () => {
  const { queue, wait, clock } = open();
  const since = queue.wakes;
  queue.wakeFor('a');
  queue.wakeAll();
  assert.deepEqual(await wait({ since }), { kind: 'woken' });
  queue.wakeFor('b');
  assert.deepEqual(await wait({ since, wants: () => false }), { kind: 'woken' });
  const useless = wait({ since: since + 2, wants: () => false });
  clock.advance(500);
  assert.deepEqual(await useless, { kind: 'timeout' });
});

test('when more places became free than are remembered, any worker may have one', async () => {
  const { queue, wait } = open();
  const since = queue.wakes;
  for (let count = 0; count < 257; count += 1) queue.wakeFor(`w${count}`);
  assert.deepEqual(await wait({ since, wants: (name) => name === 'w0' }), { kind: 'woken' });
  const latest = await wait({ since: since + 1 });
  assert.ok(latest.kind === 'woken' && latest.freed?.length === 256 && latest.freed.at(-1) === 'w256');
});

test('a wait ends with its signal, and too many may not wait', async () => {
  const { wait, queue, clock } = open(1);
  const abort = new AbortController();
  const waiting = wait({ signal: abort.signal });
  assert.deepEqual(await wait(), { kind: 'full' });
  abort.abort();
  assert.deepEqual(await waiting, { kind: 'aborted' });
  assert.deepEqual(await wait({ signal: abort.signal }), { kind: 'aborted' });
  assert.deepEqual([queue.length, clock.pending], [0, 0]);
});
