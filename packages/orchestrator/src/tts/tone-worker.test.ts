import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { loadResampler } from '@parley/audio';
import { FakeClock, silentLogger } from '@parley/testkit';
import { countedSample, createToneEngine, startWorker, systemClock, ToneFault } from '@parley/worker';
import { StaticRouter } from '../routing/index.ts';
import type { SynthesisResult } from '../session/ports/worker-pool.ts';
import { CollectingSink } from './testing/collecting-sink.ts';
import { createWorkerPool, type GrpcWorkerPool } from './worker-pool.ts';

const resamplers = await loadResampler();

interface Stage {
  readonly pool: GrpcWorkerPool;
  readonly clock: FakeClock;
}

/** A pool over the real worker with the engine for tests. */
async function stage(t: TestContext, options: Readonly<Record<string, unknown>>): Promise<Stage> {
  const clock = new FakeClock();
  const engine = createToneEngine({ clock: systemClock, options, exit: () => assert.fail('exit') });
  const worker = await startWorker({ engine, name: 'tone', frameMs: 0 });
  const pool = createWorkerPool({
    router: new StaticRouter(worker.addr),
    resamplers,
    clock,
    logger: silentLogger,
  });
  t.after(async () => {
    await pool.close();
    await worker.close();
    assert.equal(clock.pending, 0, 'a timer was left behind');
  });
  return { pool, clock };
}

test('many sessions at once, each at its own pace, get every sample of theirs and no other', async (t) => {
  const { pool } = await stage(t, { duration_ms: 1000 });
  const spoken = Array.from({ length: 20 }, async (_, i) => {
    const text = `Session ${i} speaks.`;
    const sink = new CollectingSink((i % 4) + 1);
    const synthesis = pool.openSession(`s${i}`).synthesize(text, {}, sink);
    while (sink.frames.length < 50) {
      await new Promise((resolve) => setImmediate(resolve));
      sink.room = (i % 7) + 1;
      synthesis.resume();
    }
    assert.deepEqual(await synthesis.done, { kind: 'completed' });
    const { bytes } = sink;
    assert.equal(bytes.length, 96_000);
    for (let at = 0; at < 48_000; at += 1) {
      if (bytes.readInt16LE(at * 2) !== countedSample(text, at))
        assert.fail(`sample ${at} of ${text} is wrong`);
    }
  });
  await Promise.all(spoken);
});

test('frames that lack a byte do not shift the samples of those that follow', async (t) => {
  const { pool } = await stage(t, { duration_ms: 100, fault: ToneFault.oddSize, fault_after_frames: 0 });
  const sink = new CollectingSink();
  const result = await pool.openSession('s1').synthesize('Hello.', {}, sink).done;
  assert.deepEqual(result, { kind: 'completed' });
  assert.equal(sink.frames.length, 5);
});

const faults: readonly { fault: ToneFault; frames: number; result: SynthesisResult; afterMs?: number }[] = [
  {
    fault: ToneFault.refuseSession,
    frames: 0,
    result: {
      kind: 'unavailable',
      message: 'A worker refused the session: the tone engine refuses as it was told to',
    },
  },
  {
    fault: ToneFault.hang,
    frames: 5,
    afterMs: 3000,
    result: { kind: 'failed', message: 'The worker fell silent in the middle of the text.' },
  },
  { fault: ToneFault.error, frames: 5, result: { kind: 'failed', message: 'The worker failed.' } },
  {
    fault: ToneFault.emptyFrame,
    frames: 5,
    result: { kind: 'failed', message: 'The worker sent something that is not audio.' },
  },
  {
    fault: ToneFault.wrongRate,
    frames: 5,
    result: { kind: 'failed', message: 'The worker sent something that is not audio.' },
  },
];

for (const { fault, frames, result, afterMs } of faults) {
  test(`a worker with the fault ${fault} is ${result.kind}, and the session can try again`, async (t) => {
    const { pool, clock } = await stage(t, { duration_ms: 1000, fault });
    const session = pool.openSession('s1');
    for (const text of ['One.', 'Two.']) {
      const sink = new CollectingSink();
      const synthesis = session.synthesize(text, {}, sink);
      const ended = synthesis.done;
      await sink.has(frames);
      clock.advance(afterMs ?? 0);
      assert.deepEqual(await ended, result);
      assert.equal(sink.frames.length, frames);
    }
  });
}
