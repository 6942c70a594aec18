import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@parley/testkit';
import { echoResponder } from './echo-responder.ts';
import { guardResponder, type ResponderLimits } from './guard-responder.ts';
import type { Responder } from './responder.ts';
import { responseRequest } from './testing/request.ts';

const limits: ResponderLimits = { firstTokenTimeoutMs: 1000, tokenGapTimeoutMs: 500, maxCharacters: 10 };

interface Stage {
  readonly clock: FakeClock;
  readonly controller: AbortController;
  readonly answer: AsyncIterator<string>;
}

function stageOf(responder: Responder): Stage {
  const clock = new FakeClock();
  const controller = new AbortController();
  const guarded = guardResponder(responder, { clock, limits });
  const answer = guarded.respond(responseRequest({ signal: controller.signal }))[Symbol.asyncIterator]();
  return { clock, controller, answer };
}

/** A responder that gives these pieces, and after them whatever `end` does. */
function saying(
  pieces: readonly string[],
  end: (signal: AbortSignal) => Promise<void> = async () => {},
): Responder {
  return {
    async *respond({ signal }): AsyncGenerator<string> {
      yield* pieces;
      await end(signal);
    },
  };
}

const forever = (): Promise<void> => new Promise(() => {});

async function collect({ answer }: Stage, pieces: string[] = []): Promise<readonly string[]> {
  for (let step = await answer.next(); step.done !== true; step = await answer.next())
    pieces.push(step.value);
  return pieces;
}

async function settle(): Promise<void> {
  await new Promise(setImmediate);
}

test('an echo says the transcript', async () => {
  assert.deepEqual(await collect(stageOf(echoResponder)), ['hello']);
});

test('pieces come through one by one, and empty ones are left out', async () => {
  const stage = stageOf(saying(['One', '', ' two']));
  assert.deepEqual(await collect(stage), ['One', ' two']);
  assert.equal(stage.clock.pending, 0);
});

test('one that answers nothing ends without a piece', async () => {
  assert.deepEqual(await collect(stageOf(saying([]))), []);
});

test('one that answers for ever is cut, ended and told of', async () => {
  let ended = false;
  const stage = stageOf({
    async *respond(): AsyncGenerator<string> {
      try {
        for (;;) yield 'abc';
      } finally {
        ended = true;
      }
    },
  });
  const pieces: string[] = [];
  await assert.rejects(collect(stage, pieces), { code: 'TOO_LONG', message: /10 characters/ });
  assert.equal(pieces.join(''), 'abcabcabca');
  await settle();
  assert.equal(ended, true);
});

test('one that says as much as it may is whole', async () => {
  assert.deepEqual(await collect(stageOf(saying(['12345', '67890']))), ['12345', '67890']);
});

test('one that never begins is given up in time', async () => {
  const { clock, answer } = stageOf(saying([], forever));
  const first = answer.next();
  await settle();
  clock.advance(999);
  await settle();
  clock.advance(1);
  await assert.rejects(first, { name: 'ResponderError', code: 'TIMED_OUT', message: /beginning.*1000 ms/ });
  assert.equal(clock.pending, 0);
});

test('one that stops in the middle is given up in time, and told so', async () => {
  let toldToStop = false;
  const stage = stageOf(
    saying(['Well'], (signal) => {
      signal.addEventListener('abort', () => (toldToStop = true));
      return forever();
    }),
  );
  assert.equal((await stage.answer.next()).value, 'Well');
  const next = stage.answer.next();
  await settle();
  stage.clock.advance(500);
  await assert.rejects(next, { code: 'TIMED_OUT', message: /rest.*500 ms/ });
  assert.equal(toldToStop, true);
});

test('the time a reader takes does not count', async () => {
  const { clock, answer } = stageOf(saying(['One', 'two']));
  assert.equal((await answer.next()).value, 'One');
  clock.advance(60_000);
  assert.equal((await answer.next()).value, 'two');
});

test('after the abort nothing is heard, not even of one that ignores it', async () => {
  const late = Promise.withResolvers<void>();
  const { controller, answer, clock } = stageOf({
    async *respond(): AsyncGenerator<string> {
      yield 'One';
      await late.promise;
      yield 'late';
    },
  });
  assert.equal((await answer.next()).value, 'One');
  const next = answer.next();
  controller.abort();
  assert.deepEqual(await next, { done: true, value: undefined });
  late.resolve();
  assert.deepEqual(await answer.next(), { done: true, value: undefined });
  assert.equal(clock.pending, 0);
});

test('one that fails because of the abort is no failure', async () => {
  const { controller, answer } = stageOf({
    async *respond({ signal }): AsyncGenerator<string> {
      yield 'One';
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  });
  assert.equal((await answer.next()).value, 'One');
  const next = answer.next();
  controller.abort();
  assert.equal((await next).done, true);
});

test('one that is never asked to begin after an abort is not asked', async () => {
  let asked = false;
  const { controller, answer } = stageOf({
    async *respond(): AsyncGenerator<string> {
      asked = true;
      yield 'x';
    },
  });
  controller.abort();
  assert.equal((await answer.next()).done, true);
  assert.equal(asked, false);
});

test('one that throws, at once or later, fails with what it said', async () => {
  const atOnce: Responder = {
    respond() {
      throw new Error('no agent');
    },
  };
  await assert.rejects(collect(stageOf(atOnce)), {
    name: 'ResponderError',
    code: 'FAILED',
    message: 'no agent',
  });
  const later = saying(['One'], async () => {
    throw new Error('agent gone');
  });
  await assert.rejects(collect(stageOf(later)), { code: 'FAILED', message: 'agent gone' });
});

test('who stops reading ends the answer', async () => {
  const aborted = Promise.withResolvers<void>();
  const { answer } = stageOf(
    saying(['One', 'two'], async () => {
      assert.fail('it goes on');
    }),
  );
  const guarded = stageOf({
    async *respond({ signal }): AsyncGenerator<string> {
      signal.addEventListener('abort', () => aborted.resolve());
      yield 'One';
      yield 'two';
    },
  });
  await guarded.answer.next();
  await guarded.answer.return?.();
  await aborted.promise;
  await answer.return?.();
});
