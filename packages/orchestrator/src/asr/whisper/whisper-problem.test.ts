import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { test } from 'node:test';
import { FakeClock, silentLogger } from '@parley/testkit';
import { createSystemClock } from '../../clock/system-clock.ts';
import { noAsrMetrics } from '../asr-metrics.ts';
import { createWindowedEngine } from '../windowed-engine.ts';
import { copyTestModel } from './testing/model-copy.ts';
import { loadWhisperModel } from './whisper-model.ts';
import { startWhisper } from './whisper-recognizer.ts';

test('a process that cannot be started any more is a problem of the engine until it can', async () => {
  await using copy = await copyTestModel();
  const parts = { clock: createSystemClock(), logger: silentLogger };
  const model = await loadWhisperModel({ directory: copy.directory });
  const recognizer = await startWhisper({ ...parts, model });
  const engine = createWindowedEngine({ ...parts, recognizer });
  const becomes = async (isProblem: boolean): Promise<void> => {
    while ((engine.problem !== undefined) !== isProblem) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  try {
    assert.equal(engine.problem, undefined);
    const decoder = copy.path('decoder.onnx');
    await rename(decoder, `${decoder}.gone`);
    for (const pid of recognizer.pids) process.kill(pid, 'SIGKILL');
    await becomes(true);
    assert.match(engine.problem ?? '', /^1 of 1 processes of speech recognition cannot be started/);
    await rename(`${decoder}.gone`, decoder);
    await becomes(false);
  } finally {
    await engine.close();
  }
});

test('a process that was killed because it hung is not one that could not be started', async () => {
  await using copy = await copyTestModel();
  const clock = new FakeClock();
  let ended = Promise.withResolvers<void>();
  const recognizer = await startWhisper({
    model: await loadWhisperModel({ directory: copy.directory }),
    clock,
    logger: silentLogger,
    timeoutMs: 20_000,
    metrics: { ...noAsrMetrics, restarted: () => ended.resolve() },
  });
  const nextEnd = async (waitMs: number): Promise<void> => {
    clock.advance(waitMs);
    await ended.promise;
    ended = Promise.withResolvers();
  };
  try {
    const decoder = copy.path('decoder.onnx');
    await rename(decoder, `${decoder}.gone`);
    for (const pid of recognizer.pids) process.kill(pid, 'SIGSTOP');
    const { signal } = new AbortController();
    const samples = new Int16Array(16_000);
    const hanging = recognizer.recognize({ samples, language: 'auto', signal, isPartial: true });
    const failed = assert.rejects(hanging, { code: 'TIMED_OUT' });
    await nextEnd(20_000);
    await failed;
    for (const startsInVain of [1, 2]) {
      await nextEnd(1000);
      assert.equal(recognizer.problem, undefined, `after ${startsInVain}`);
    }
    await nextEnd(1000);
    assert.match(recognizer.problem ?? '', /^1 of 1 processes/);
  } finally {
    await recognizer.close();
  }
});
