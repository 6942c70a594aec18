import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { status } from '@grpc/grpc-js';
import { StaticRouter, type WorkerOutcome } from '../routing/index.ts';
import { CollectingSink } from './testing/collecting-sink.ts';
import { speaks, stagePool } from './testing/pool-stage.ts';
import { ScriptedWorker, type WorkerScript } from './testing/scripted-worker.ts';

/** Says one sentence on one worker, and what the router was told of that. */
async function outcomesOf(t: TestContext, script?: WorkerScript): Promise<WorkerOutcome[]> {
  const worker = await ScriptedWorker.start(script ?? speaks);
  if (script === undefined) worker.close();
  else t.after(() => worker.close());
  const outcomes: WorkerOutcome[] = [];
  const noteOutcome = (_place: unknown, outcome: WorkerOutcome): void => void outcomes.push(outcome);
  const { pool } = stagePool(t, () => Object.assign(new StaticRouter(worker.addr), { noteOutcome }));
  await pool.openSession('s1').synthesize('One.', {}, new CollectingSink()).done;
  return outcomes;
}

function failsOnceWith(code: status): WorkerScript {
  let hasFailed = false;
  return {
    synthesize(call, chunk) {
      if (hasFailed) speaks.synthesize?.(call, chunk);
      else call.emit('error', { code, details: 'once' });
      hasFailed = true;
    },
  };
}

test('a connection that breaks is told to the router as such, and an error of the worker as one', async (t) => {
  assert.deepEqual(await outcomesOf(t, failsOnceWith(status.UNAVAILABLE)), ['lost', 'succeeded']);
  assert.deepEqual(await outcomesOf(t, failsOnceWith(status.INTERNAL)), ['failed', 'succeeded']);
});

test('a worker that cannot be reached is told to the router as a lost connection', async (t) => {
  assert.deepEqual(await outcomesOf(t), ['lost']);
});

test('however many workers are gone, a text finds the one that is there, at once', async (t) => {
  const { pool, worker, register } = stagePool(t);
  for (let count = 0; count < 12; count += 1) {
    const gone = await ScriptedWorker.start(speaks);
    gone.close();
    await register(gone.addr);
  }
  const alive = await worker(speaks);
  for (let count = 0; count < 20; count += 1) {
    const session = pool.openSession(`s${count}`);
    assert.deepEqual(await session.synthesize('One.', {}, new CollectingSink()).done, { kind: 'completed' });
    assert.equal(session.workerAddr, alive.addr);
  }
});
