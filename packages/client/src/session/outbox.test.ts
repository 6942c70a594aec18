import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { Outbox } from './outbox.ts';

const ping = (t: number): { type: 'ping'; t: number } => ({ type: 'ping', t });

/** Sends all there is, as if over another connection. */
function contents(outbox: Outbox): unknown[] {
  outbox.rewind();
  return send(outbox);
}

/** Sends what was not sent over this connection. */
function send(outbox: Outbox): unknown[] {
  const sent: unknown[] = [];
  for (let next = outbox.next; next !== undefined; next = outbox.next) {
    sent.push(JSON.parse(next.json).t);
    outbox.markSent();
  }
  return sent;
}

describe('the outbox', () => {
  test('whatever is cut and confirmed, a server that counts processes each message once and in order', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), arrives: fc.boolean() }),
      fc.record({ do: fc.constant('resume' as const), arrives: fc.nat({ max: 5 }) }),
      fc.record({ do: fc.constant('pong' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const outbox = new Outbox(1_000_000);
        const processed: unknown[] = [];
        let added = 0;
        let isConnected = true;
        for (const event of steps) {
          if (event.do === 'add') {
            outbox.add([ping(added)]);
            added += 1;
            const sent = isConnected ? send(outbox) : [];
            isConnected &&= event.arrives;
            if (isConnected) processed.push(...sent);
          } else if (event.do === 'resume') {
            assert.ok(outbox.confirm(processed.length));
            const again = contents(outbox);
            isConnected = event.arrives >= again.length;
            processed.push(...again.slice(0, event.arrives));
          } else if (isConnected) {
            outbox.confirm(processed.length);
          }
        }
        assert.ok(outbox.confirm(processed.length));
        assert.deepEqual(
          [...processed, ...contents(outbox)],
          Array.from({ length: added }, (_, i) => i),
        );
      }),
    );
  });

  test('what goes first overtakes only what was never sent, and the count stays true', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const) }),
      fc.record({ do: fc.constant('first' as const) }),
      fc.record({ do: fc.constant('send' as const), count: fc.nat({ max: 4 }) }),
      fc.record({ do: fc.constant('resume' as const), arrived: fc.nat({ max: 4 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const outbox = new Outbox(1_000_000);
        /** What the server processed, and what is on its way to it. */
        const processed: number[] = [];
        let underway: number[] = [];
        let added = 0;
        for (const event of steps) {
          if (event.do === 'add') {
            added += 1;
            outbox.add([ping(added)]);
          } else if (event.do === 'first') {
            added += 1;
            outbox.addFirst([ping(-added)]);
          } else if (event.do === 'send') {
            for (let left = event.count; left > 0 && outbox.next !== undefined; left -= 1) {
              const { t }: { t: number } = JSON.parse(outbox.next.json);
              underway.push(t);
              outbox.markSent();
            }
          } else {
            processed.push(...underway.slice(0, event.arrived));
            underway = [];
            outbox.rewind();
            assert.ok(outbox.confirm(processed.length));
            outbox.forgetSent();
          }
        }
        processed.push(...underway);
        assert.ok(outbox.confirm(processed.length));
        const all = [...processed, ...contents(outbox).map(Number)];
        assert.equal(new Set(all).size, added, 'each once');
        assert.equal(all.length, added);
        const inOrder = all.filter((t) => t > 0);
        assert.deepEqual(
          inOrder,
          inOrder.toSorted((a, b) => a - b),
        );
        const urgent = all.filter((t) => t < 0);
        assert.deepEqual(
          urgent,
          urgent.toSorted((a, b) => b - a),
        );
      }),
    );
  });

  test('takes all of what belongs together, or nothing of it', () => {
    const outbox = new Outbox(60);
    assert.ok(outbox.add([ping(1)]));
    const before = outbox.unconfirmedCharacters;
    assert.ok(!outbox.add([ping(2), ping(3), ping(4)]));
    assert.equal(outbox.unconfirmedCharacters, before);
    assert.ok(outbox.add([ping(5)]));
    assert.deepEqual(contents(outbox), [1, 5]);
  });

  test('what comes first always fits', () => {
    const outbox = new Outbox(10);
    assert.ok(outbox.add([ping(123_456_789)]));
    outbox.confirm(1);
    assert.equal(outbox.unconfirmedCharacters, 0);
    assert.ok(outbox.add([ping(123_456_789)]));
  });

  test('does not believe a server that counts more than was sent, or fewer than it had', () => {
    const outbox = new Outbox(1000);
    outbox.add([ping(1), ping(2)]);
    assert.equal(outbox.confirm(3), false);
    assert.equal(outbox.confirm(2), true);
    assert.equal(outbox.confirm(1), false);
    assert.equal(outbox.confirmed, 2);
  });

  test('for another session keeps what was never sent and says how much is in doubt', () => {
    const outbox = new Outbox(1000);
    outbox.add([ping(1), ping(2)]);
    send(outbox);
    outbox.rewind();
    outbox.add([ping(3)]);
    assert.equal(outbox.restart(ping(0)), 2);
    assert.deepEqual(contents(outbox), [0, 3]);
    send(outbox);
    outbox.confirm(1);
    outbox.add([ping(4)]);
    assert.equal(outbox.restart(undefined), 1, 'what was confirmed is in no doubt');
    assert.deepEqual(contents(outbox), [4]);
  });
});
