import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { test } from 'node:test';
import { silentLogger } from '@parley/testkit';
import { createSystemClock } from '../../clock/system-clock.ts';
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
