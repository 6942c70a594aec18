import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asrExamples, unpackTestModel, silentLogger } from '@parley/testkit';
import { createSystemClock } from '../../clock/system-clock.ts';
import type { Logger } from '../../session/ports/logger.ts';
import { loadWhisperModel } from './whisper-model.ts';
import { startWhisper } from './whisper-recognizer.ts';

test('signals to the process group leave the process alone, and its id has a key of its own in the log', async () => {
  const logged: object[] = [];
  const errors: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    info: (fields) => void logged.push(fields),
    error: (_fields, message) => void errors.push(message),
  };
  const model = await loadWhisperModel({ directory: await unpackTestModel() });
  const recognizer = await startWhisper({ model, logger, clock: createSystemClock() });
  try {
    const { pids } = recognizer;
    // The logger's own `pid` is that of the orchestrator.
    assert.deepEqual(logged, [{ childPid: pids[0] }]);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(pids[0] ?? 0, signal);
    const [example] = asrExamples();
    assert.ok(example);
    const { samples } = example;
    await recognizer.recognize({ samples, language: 'en', signal: new AbortController().signal });
    assert.deepEqual(recognizer.pids, pids);
    assert.deepEqual(errors, []);
  } finally {
    await recognizer.close();
  }
});
