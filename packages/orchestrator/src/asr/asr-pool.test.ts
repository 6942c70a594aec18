import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FakeClock, silentLogger } from '@parley/testkit';
import type { Logger } from '../session/ports/logger.ts';
import type { AsrMetrics } from './asr-metrics.ts';
import { AsrPool, type PoolRequest } from './asr-pool.ts';
import { ScriptedRecognizer } from './testing/scripted-recognizer.ts';

let clock: FakeClock;
let counted: unknown[][];
let warnings: object[];
beforeEach(() => {
  clock = new FakeClock();
  counted = [];
  warnings = [];
});

const metrics: AsrMetrics = {
  decoded: ({ kind, audioMs, decodeMs, waitMs }) => counted.push([kind, audioMs, decodeMs, waitMs]),
  queueChanged: () => {},
  partialShed: () => counted.push(['shed']),
  failed: (code) => counted.push(['failed', code]),
  restarted: () => {},
};
const logger: Logger = { ...silentLogger, warn: (fields) => void warnings.push(fields) };

function poolOf(recognizer: ScriptedRecognizer, queueLimit = 8): AsrPool {
  return new AsrPool({ recognizer, queueLimit, clock, logger, metrics });
}

function request(signal = new AbortController().signal, owner?: object): PoolRequest {
  return { samples: new Int16Array(16_000), language: 'en', signal, ...(owner !== undefined && { owner }) };
}

/** Lets everything happen that needs no time. */
async function settle(): Promise<void> {
  await new Promise(setImmediate);
}

test('no more is decoded at once than the recognizer can, in order of arrival', async () => {
  const recognizer = new ScriptedRecognizer({ concurrency: 2 });
  const pool = poolOf(recognizer);
  const results = ['one', 'two', 'three'].map(() => pool.decode(request()));
  assert.deepEqual([recognizer.asked.length, pool.running, pool.waiting], [2, 2, 1]);
  recognizer.asked[1]?.answer('two');
  await settle();
  assert.deepEqual([recognizer.asked.length, pool.running, pool.waiting], [3, 2, 0]);
  recognizer.asked[0]?.answer('one');
  recognizer.asked[2]?.answer('three');
  assert.deepEqual(
    (await Promise.all(results)).map(({ text }) => text),
    ['one', 'two', 'three'],
  );
});

test('what is over the queue limit fails at once and the others are served', async () => {
  const recognizer = new ScriptedRecognizer();
  const pool = poolOf(recognizer, 1);
  const first = pool.decode(request());
  const second = pool.decode(request());
  await assert.rejects(pool.decode(request()), { code: 'OVERLOADED' });
  assert.deepEqual(counted, [['failed', 'OVERLOADED']]);
  recognizer.asked[0]?.answer('first');
  await settle();
  recognizer.asked[1]?.answer('second');
  assert.deepEqual([(await first).text, (await second).text], ['first', 'second']);
});

test('one session can fill a quarter of the queue, and others are served beside it', async () => {
  const recognizer = new ScriptedRecognizer();
  const pool = poolOf(recognizer, 12);
  const [one, other] = [{}, {}];
  const signal = new AbortController().signal;
  const ask = (owner: object): Promise<unknown> => pool.decode(request(signal, owner));
  const taken = [ask(one), ask(one), ask(one), ask(one)];
  await assert.rejects(ask(one), { code: 'OVERLOADED', message: /3 decodes of one session/ });
  taken.push(ask(other));
  assert.equal(pool.waiting, 4);
  for (let count = 0; count < 5; count += 1) {
    recognizer.asked[count]?.answer('');
    await settle();
  }
  await Promise.all(taken);
});

test('who waits too long is told so, and what has begun goes on', async () => {
  const recognizer = new ScriptedRecognizer();
  const pool = poolOf(recognizer);
  const running = pool.decode(request());
  clock.advance(15_000);
  const waiting = pool.decode(request());
  clock.advance(19_999);
  assert.equal(pool.waiting, 1);
  const later = pool.decode(request());
  clock.advance(1);
  await assert.rejects(waiting, { code: 'TIMED_OUT', message: /within 20000 ms/ });
  assert.deepEqual(counted, [['failed', 'TIMED_OUT']]);
  recognizer.asked[0]?.answer('at last');
  assert.equal((await running).text, 'at last');
  await settle();
  recognizer.asked[1]?.answer('the next');
  assert.equal((await later).text, 'the next');
  assert.equal(recognizer.asked.length, 2);
  assert.equal(clock.pending, 0);
});

test('the recognizer is told when nobody waits any more, and what is a preview', () => {
  const recognizer = new ScriptedRecognizer({ concurrency: 2 });
  const pool = poolOf(recognizer);
  clock.advance(5);
  void pool.tryPartial(request());
  void pool.decode(request());
  assert.deepEqual(
    recognizer.asked.map(({ deadlineMs, isPartial }) => [deadlineMs, isPartial]),
    [
      [clock.nowMs() + 20_000, true],
      [clock.nowMs() + 20_000, false],
    ],
  );
});

test('partials are shed first: none while anything waits, and one place is kept free of them', async () => {
  const recognizer = new ScriptedRecognizer({ concurrency: 2 });
  const pool = poolOf(recognizer);
  const partial = pool.tryPartial(request());
  assert.ok(partial);
  assert.equal(pool.tryPartial(request()), undefined);
  const final = pool.decode(request());
  assert.equal(recognizer.asked.length, 2);
  const waiting = pool.decode(request());
  recognizer.asked[0]?.answer('partial');
  await settle();
  assert.equal(recognizer.asked.length, 3);
  assert.equal(pool.tryPartial(request()), undefined);
  recognizer.asked[1]?.answer('final');
  recognizer.asked[2]?.answer('waiting');
  await Promise.all([partial, final, waiting]);
  assert.ok(pool.tryPartial(request()));
  assert.equal(counted.filter(([kind]) => kind === 'shed').length, 2);
});

test('that partials are shed is said in the log, at most every ten seconds', () => {
  const pool = poolOf(new ScriptedRecognizer());
  void pool.tryPartial(request());
  for (let count = 0; count < 5; count += 1) void pool.tryPartial(request());
  assert.deepEqual(warnings, [{ shed: 1, waiting: 0, running: 1 }]);
  clock.advance(10_000);
  void pool.tryPartial(request());
  assert.deepEqual(warnings[1], { shed: 5, waiting: 0, running: 1 });
});

test('who gives up is told at once, but the place is taken until the recognizer is done', async () => {
  const recognizer = new ScriptedRecognizer();
  const pool = poolOf(recognizer);
  const running = new AbortController();
  const waiting = new AbortController();
  const first = pool.decode(request(running.signal));
  const second = pool.decode(request(waiting.signal));
  const third = pool.decode(request());
  running.abort();
  waiting.abort();
  await assert.rejects(first, { code: 'CANCELLED' });
  await assert.rejects(second, { code: 'CANCELLED' });
  assert.deepEqual([pool.running, pool.waiting, recognizer.asked.length], [1, 1, 1]);
  recognizer.asked[0]?.answer('unheard');
  await settle();
  recognizer.asked[1]?.answer('third');
  assert.equal((await third).text, 'third');
  await assert.rejects(pool.decode(request(AbortSignal.abort())), { code: 'CANCELLED' });
});

test('wait, time and length of each decode are reported', async () => {
  const recognizer = new ScriptedRecognizer();
  const pool = poolOf(recognizer);
  const first = pool.decode(request());
  const second = pool.decode(request());
  clock.advance(250);
  recognizer.asked[0]?.answer('');
  await first;
  await settle();
  clock.advance(100);
  recognizer.asked[1]?.answer('');
  await second;
  assert.deepEqual(counted, [
    ['final', 1000, 250, 0],
    ['final', 1000, 100, 250],
  ]);
});

test('a failure reaches its caller only, as an AsrError', async () => {
  const recognizer = new ScriptedRecognizer();
  const pool = poolOf(recognizer);
  const first = pool.decode(request());
  const second = pool.decode(request());
  recognizer.asked[0]?.fail(new Error('broken'));
  await assert.rejects(first, { name: 'AsrError', code: 'ENGINE_FAILED', message: 'broken' });
  const [warning] = warnings;
  assert.ok(warning !== undefined && 'err' in warning && warning.err instanceof Error);
  assert.equal(warning.err.message, 'broken');
  recognizer.asked[1]?.answer('fine');
  assert.equal((await second).text, 'fine');
});

test('closing fails what waits and refuses what comes', async () => {
  const recognizer = new ScriptedRecognizer();
  const pool = poolOf(recognizer);
  void pool.decode(request());
  const waiting = pool.decode(request());
  pool.close();
  pool.close();
  await assert.rejects(waiting, { code: 'CANCELLED' });
  assert.equal(clock.pending, 0);
  await assert.rejects(pool.decode(request()), { code: 'CANCELLED' });
  assert.equal(pool.tryPartial(request()), undefined);
});
