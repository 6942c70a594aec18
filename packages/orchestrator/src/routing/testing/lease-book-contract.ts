import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { LeaseBook, LeaseCandidate } from '../lease-book.ts';

/** Makes an empty book that cleans up after itself at the end of the test. */
export type LeaseBookFactory = (t: TestContext) => Promise<LeaseBook>;

/** Candidates by name and capacity. */
export function candidates(capacities: Readonly<Record<string, number>>): readonly LeaseCandidate[] {
  return Object.entries(capacities).map(([workerName, capacity]) => ({ workerName, capacity }));
}

/** What every lease book must do, whatever it is made of. */
export function testLeaseBookContract(kind: string, make: LeaseBookFactory): void {
  test(`${kind}: places are given on the first candidate that has room, and never more than it has`, async (t) => {
    const book = await make(t);
    const given: (string | undefined)[] = [];
    for (let i = 0; i < 4; i += 1)
      given.push((await book.claim(`s${i}`, candidates({ a: 2, b: 1 })))?.workerName);
    assert.deepEqual(given, ['a', 'a', 'b', undefined]);
    assert.deepEqual(
      [book.activeSessions('a'), book.activeSessions('b'), book.activeSessions('c')],
      [2, 1, 0],
    );
    assert.equal(await book.claim('s', []), undefined);
  });

  test(`${kind}: claims at the same time share the room, each with an id of its own`, async (t) => {
    const book = await make(t);
    const all = await Promise.all(
      Array.from({ length: 50 }, () => book.claim('same', candidates({ a: 7, b: 12 }))),
    );
    const leases = all.filter((lease) => lease !== undefined);
    assert.equal(leases.length, 19);
    assert.equal(new Set(leases.map(({ id }) => id)).size, 19);
    assert.deepEqual([book.activeSessions('a'), book.activeSessions('b')], [7, 12]);
    assert.deepEqual(book.held(), { total: 19, unbacked: 0 });
  });

  test(`${kind}: a place that is given back is free again, once, and those who wait are told`, async (t) => {
    const book = await make(t);
    const one = candidates({ a: 1 });
    const lease = await book.claim('s1', one);
    assert.ok(lease !== undefined);
    assert.equal(await book.claim('s2', one), undefined);
    const told: (string | undefined)[] = [];
    const stop = book.onRelease((workerName) => told.push(workerName));
    await Promise.all([book.release(lease), book.release(lease)]);
    await book.release(lease);
    assert.ok(told.includes('a'), `told of ${told.join()}`);
    stop();
    assert.equal(book.activeSessions('a'), 0);
    assert.ok((await book.claim('s2', one)) !== undefined);
    assert.equal(await book.claim('s3', one), undefined);
  });

  test(`${kind}: a worker that takes fewer than it did gets no more until it has room`, async (t) => {
    const book = await make(t);
    const leases = [
      await book.claim('s1', candidates({ a: 3 })),
      await book.claim('s2', candidates({ a: 3 })),
    ];
    assert.equal(await book.claim('s3', candidates({ a: 1 })), undefined);
    for (const lease of leases) if (lease !== undefined) await book.release(lease);
    assert.ok((await book.claim('s3', candidates({ a: 1 }))) !== undefined);
  });
}
