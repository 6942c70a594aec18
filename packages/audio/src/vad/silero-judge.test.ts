import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createHybridEngine } from './hybrid-engine.ts';
import { judgeRecording } from './judge-recording.ts';
import { loadVadEngine } from './load-vad-engine.ts';
import { createSileroEngine } from './silero-engine.ts';
import type { SileroThreadData } from './silero-thread.ts';
import { voiceAmidSilence } from './testing/voice-like.ts';

const THREAD = new URL('./testing/crashing-thread.ts', import.meta.url);

/** Threads like the real ones, but that die of any message, between two runs. */
function threadFactory(): { readonly threads: Worker[]; createThread(data: SileroThreadData): Worker } {
  const threads: Worker[] = [];
  return {
    threads,
    createThread(workerData) {
      const thread = new Worker(THREAD, { workerData, env: {}, execArgv: [] });
      threads.push(thread);
      return thread;
    },
  };
}

function spoken(decisions: readonly { readonly probability: number }[]): number {
  return decisions.filter(({ probability }) => probability >= 0.5).length;
}

test('the thread starts with the first window, and not before', async () => {
  const factory = threadFactory();
  const vad = await createSileroEngine(factory);
  try {
    const stream = vad.createStream({ sampleRateHz: 16_000, onDecision: () => undefined });
    stream.push(new Int16Array(511));
    assert.equal(factory.threads.length, 0);
    stream.push(new Int16Array(1));
    assert.equal(factory.threads.length, 1);
  } finally {
    await vad.close();
  }
});

test('windows of many streams that are due together share a run', async () => {
  const vad = await createSileroEngine();
  try {
    await vad.warmUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    let decisions = 0;
    const streams = Array.from({ length: 200 }, () =>
      vad.createStream({
        sampleRateHz: 16_000,
        onDecision() {
          decisions += 1;
          if (decisions === 400) resolve();
        },
      }),
    );
    for (const stream of streams) stream.push(new Int16Array(1024));
    await promise;
    const { inferredWindows, batches, shedWindows } = vad.stats();
    assert.deepEqual([inferredWindows, shedWindows], [400, 0]);
    assert.ok(batches < 40, `${batches} runs`);
  } finally {
    await vad.close();
  }
});

test('a thread that dies is replaced: what it had counts as silence, what follows is judged', async () => {
  const factory = threadFactory();
  const vad = await createSileroEngine(factory);
  try {
    const voice = voiceAmidSilence(512, 1000, 0);
    const before = await judgeRecording(vad, voice, { sampleRateHz: 16_000 });
    assert.ok(spoken(before) > 10);

    const seen: number[] = [];
    const all = Promise.withResolvers<void>();
    const stream = vad.createStream({
      sampleRateHz: 16_000,
      onDecision(probability) {
        seen.push(probability);
        if (seen.length === 20) all.resolve();
      },
    });
    const [thread] = factory.threads;
    assert.ok(thread !== undefined);
    const exit = new Promise((resolve) => {
      thread.once('exit', resolve);
    });
    thread.postMessage('die');
    stream.push(voice.subarray(0, 20 * 512));
    await exit;
    await all.promise;
    assert.equal(seen.length, 20);
    assert.equal(vad.stats().threadRestarts, 1);
    assert.ok(vad.stats().shedWindows > 0);
    stream.close();

    const after = await judgeRecording(vad, voice, { sampleRateHz: 16_000 });
    assert.equal(factory.threads.length, 2);
    assert.deepEqual(
      after.map(({ probability }) => probability.toFixed(2)),
      before.map(({ probability }) => probability.toFixed(2)),
    );
  } finally {
    await vad.close();
  }
});

test('a thread that hangs is replaced: what it had counts as silence, what follows is judged', async () => {
  const threads: Worker[] = [];
  let nowMs = 0;
  const vad = await createSileroEngine({
    stallMs: 1000,
    nowMs: () => nowMs,
    createThread(workerData) {
      // The first one takes windows and never answers.
      const thread =
        threads.length === 0
          ? new Worker('setInterval(() => undefined, 1000)', { eval: true })
          : new Worker(THREAD, { workerData, env: {}, execArgv: [] });
      threads.push(thread);
      return thread;
    },
  });
  try {
    const voice = voiceAmidSilence(512, 1000, 0);
    const ends: number[] = [];
    const stream = vad.createStream({
      sampleRateHz: 16_000,
      onDecision: (probability, _level, _start, end) => {
        assert.equal(probability, 0);
        ends.push(end);
      },
    });
    stream.push(voice.subarray(0, 3 * 512));
    nowMs = 999;
    stream.push(voice.subarray(0, 512));
    assert.deepEqual([threads.length, vad.stats().threadRestarts, ends], [1, 0, []]);
    nowMs = 1000;
    stream.push(voice.subarray(0, 512));
    assert.deepEqual(ends, [512, 1024, 1536, 2048, 2560]);
    assert.deepEqual([vad.stats().threadRestarts, vad.stats().shedWindows], [1, 5]);
    stream.close();

    const after = await judgeRecording(vad, voice, { sampleRateHz: 16_000 });
    assert.ok(spoken(after) > 10);
    assert.equal(threads.length, 2);
    assert.ok(vad.stats().inferredWindows > 0);
  } finally {
    await vad.close();
    await threads[0]?.terminate();
  }
});

test('a thread that hangs is replaced also where no stream can give it any more', async () => {
  const threads: Worker[] = [];
  let nowMs = 0;
  const vad = await createSileroEngine({
    nowMs: () => nowMs,
    createThread() {
      const thread = new Worker('setInterval(() => undefined, 1000)', { eval: true });
      threads.push(thread);
      return thread;
    },
  });
  try {
    const ends: number[] = [];
    const stream = vad.createStream({
      sampleRateHz: 16_000,
      onDecision: (_probability, _level, start, end) => {
        assert.equal(start, ends.at(-1) ?? 0);
        ends.push(end);
      },
    });
    stream.push(new Int16Array(100 * 512));
    assert.equal(ends.length, 0);
    nowMs = 10_000;
    stream.push(new Int16Array(512));
    assert.equal(ends.length, 101);
    assert.deepEqual([vad.stats().threadRestarts, vad.stats().shedWindows], [1, 101]);
    stream.push(new Int16Array(512));
    assert.equal(threads.length, 2);
  } finally {
    await vad.close();
    for (const thread of threads) await thread.terminate();
  }
});

test('a process that leaves in the middle of a run leaves with its own code', async () => {
  const script = `
    import { createSileroEngine } from ${JSON.stringify(new URL('./silero-engine.ts', import.meta.url).href)};
    const vad = await createSileroEngine({ batchIntervalMs: 0 });
    await vad.warmUp();
    const streams = Array.from({ length: 200 }, () =>
      vad.createStream({ sampleRateHz: 16000, onDecision: () => process.exit(7) }));
    for (const stream of streams) stream.push(new Int16Array(4096));`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: 'inherit',
  });
  const [code, signal]: unknown[] = await once(child, 'exit');
  assert.deepEqual([code, signal], [7, null]);
});

test('a model that cannot be loaded is an error at once, and later silence instead of a stop', async () => {
  const modelPath = '/nowhere/silero.onnx';
  await assert.rejects(loadVadEngine({ engine: 'silero', modelPath }), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'ENGINE_UNAVAILABLE');
    assert.match(String(error.cause), /nowhere/u);
    return true;
  });
  const vad = await createHybridEngine({ modelPath });
  try {
    const decisions = await judgeRecording(vad, voiceAmidSilence(512, 2000, 0), { sampleRateHz: 16_000 });
    assert.equal(decisions.length, 78);
    assert.equal(spoken(decisions), 0);
    assert.ok(vad.stats().shedWindows > 0);
  } finally {
    await vad.close();
  }
});

test('a burst beyond the bound is shed as silence, in order, and the stream recovers', async () => {
  const vad = await createSileroEngine();
  try {
    await vad.warmUp();
    const ends: number[] = [];
    const all = Promise.withResolvers<void>();
    const stream = vad.createStream({
      sampleRateHz: 16_000,
      onDecision(_probability, _level, start, end) {
        assert.equal(start, ends.at(-1) ?? 0);
        ends.push(end);
        if (ends.length === 300) all.resolve();
      },
    });
    stream.push(new Int16Array(300 * 512));
    assert.equal(stream.pendingDecisions, 300);
    await all.promise;
    const { shedWindows, inferredWindows } = vad.stats();
    assert.equal(shedWindows + inferredWindows, 300);
    assert.equal(inferredWindows, 64);
    stream.close();
    const voice = await judgeRecording(vad, voiceAmidSilence(512, 1000, 0), { sampleRateHz: 16_000 });
    assert.ok(spoken(voice) > 10);
  } finally {
    await vad.close();
  }
});

test('streams that come and go while their audio is judged take no answers of each other', async () => {
  const vad = await createSileroEngine({ batchIntervalMs: 0 });
  try {
    await vad.warmUp();
    const voice = voiceAmidSilence(512, 1000, 0);
    const expected = await judgeRecording(vad, voice, { sampleRateHz: 16_000 });
    for (let round = 0; round < 5; round += 1) {
      const leaving = vad.createStream({
        sampleRateHz: 16_000,
        onDecision: () => assert.fail('a closed stream was told a decision'),
      });
      leaving.push(voice.subarray(0, 4096));
      leaving.close();
      const seen = await judgeRecording(vad, voice, { sampleRateHz: 16_000 });
      assert.deepEqual(
        seen.map(({ probability }) => probability.toFixed(2)),
        expected.map(({ probability }) => probability.toFixed(2)),
      );
    }
  } finally {
    await vad.close();
  }
});

test('hybrid judges nothing of a quiet room, and all of a voice', async () => {
  const vad = await createHybridEngine();
  try {
    await vad.warmUp();
    const quiet = Int16Array.from({ length: 32_000 }, (_, index) => (index % 7) - 3);
    await judgeRecording(vad, quiet, { sampleRateHz: 16_000 });
    assert.equal(vad.stats().inferredWindows, 0);
    const decisions = await judgeRecording(vad, voiceAmidSilence(512, 2000, 0), { sampleRateHz: 16_000 });
    const { inferredWindows } = vad.stats();
    assert.ok(inferredWindows >= 62 && inferredWindows < decisions.length, `${inferredWindows} judged`);
    assert.ok(spoken(decisions) > decisions.length / 3);
  } finally {
    await vad.close();
  }
});

test('hybrid judges a voice after a pause as it would have judged it alone', async () => {
  const vad = await createHybridEngine({ batchIntervalMs: 0 });
  try {
    const voice = voiceAmidSilence(512, 1024, 1024);
    const windows = voice.length / 512;
    const decisions = await judgeRecording(vad, Int16Array.of(...voice, ...voice), { sampleRateHz: 16_000 });
    const rounded = decisions.map(({ probability }) => probability.toFixed(2));
    assert.ok(spoken(decisions) > 10);
    assert.deepEqual(rounded.slice(windows), rounded.slice(0, windows));
  } finally {
    await vad.close();
  }
});
