import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { asrExamples, wordErrors } from '@parley/testkit';
import { ASR_RATE_HZ, type AsrEngine, type AsrEvent } from '../asr-engine.ts';
import { AsrError } from '../asr-error.ts';
import { transcribe } from './transcribe.ts';

/**
 * What every engine must do; `open` gives one that reads the examples of the testkit. It is closed by the tests.
 */
export function describeAsrEngine(name: string, open: () => Promise<AsrEngine>): void {
  describe(`the ${name} engine`, () => {
    const example = asrExamples().find(({ transcript }) => transcript === 'turn on the kitchen light');
    assert.ok(example);
    const { samples, transcript } = example;
    let engine: AsrEngine;
    before(async () => {
      engine = await open();
    });
    after(() => engine.close());

    test('reads what is said and tells it once', async () => {
      const { text, events } = await transcribe(engine, samples, { language: 'en' });
      assert.equal(wordErrors(transcript, text), 0, text);
      const ends = events.filter(({ kind }) => kind === 'final' || kind === 'failed');
      assert.equal(ends.length, 1);
      assert.equal(events.at(-1), ends[0]);
    });

    test('tells where in the audio it was said', async () => {
      const { events } = await transcribe(engine, samples, { partials: false });
      const durationMs = Math.round((samples.length * 1000) / ASR_RATE_HZ);
      const last = events.at(-1);
      assert.ok(last?.kind === 'final');
      assert.deepEqual(last.segments, [{ text: last.text, startMs: 0, endMs: durationMs }]);
    });

    test('reads turns that go on at the same time apart', async () => {
      const some = asrExamples().slice(0, 3);
      const turns = await Promise.all(some.map((one) => transcribe(engine, one.samples)));
      for (const [index, one] of some.entries()) {
        assert.equal(wordErrors(one.transcript, turns[index]?.text ?? ''), 0);
      }
    });

    test('a turn without audio, of 10 ms or of silence ends with an empty text', async () => {
      for (const length of [0, 160, 3 * ASR_RATE_HZ]) {
        const { text, events } = await transcribe(engine, new Int16Array(length));
        assert.equal(text, '');
        assert.deepEqual(events.at(-1), { kind: 'final', text: '', segments: [] });
      }
    });

    test('tells nothing from within start, push and end', async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      let isWithin = true;
      const told: boolean[] = [];
      const stream = engine.start({
        sampleRateHz: ASR_RATE_HZ,
        onEvent({ kind }) {
          told.push(isWithin);
          if (kind === 'final') resolve();
        },
      });
      stream.push(samples);
      stream.end();
      isWithin = false;
      await promise;
      assert.ok(told.length > 0);
      assert.ok(!told.includes(true));
    });

    test('nothing is told after a cancel, and the engine goes on', async () => {
      const told: AsrEvent[] = [];
      const controller = new AbortController();
      const options = { sampleRateHz: ASR_RATE_HZ, onEvent: (event: AsrEvent) => void told.push(event) };
      const cancelled = engine.start(options);
      const aborted = engine.start({ ...options, signal: controller.signal });
      const never = engine.start({ ...options, signal: AbortSignal.abort() });
      for (const stream of [cancelled, aborted, never]) {
        stream.push(samples);
        stream.end();
      }
      cancelled.cancel();
      cancelled.cancel();
      controller.abort();
      // Turns are decoded in order: when this one is through, the others would have been.
      await transcribe(engine, samples);
      assert.deepEqual(told, []);
    });

    test('what is pushed after the end is not heard', async () => {
      const { promise, resolve } = Promise.withResolvers<AsrEvent>();
      const stream = engine.start({
        sampleRateHz: ASR_RATE_HZ,
        onEvent: (event) => event.kind !== 'partial' && resolve(event),
      });
      stream.end();
      stream.push(samples);
      stream.end();
      assert.deepEqual(await promise, { kind: 'final', text: '', segments: [] });
    });

    test('the audio pushed may be written over afterwards', async () => {
      const { promise, resolve } = Promise.withResolvers<AsrEvent>();
      const stream = engine.start({
        sampleRateHz: ASR_RATE_HZ,
        partials: false,
        onEvent: resolve,
      });
      const pooled = samples.slice();
      stream.push(pooled);
      pooled.fill(12_345);
      stream.end();
      const event = await promise;
      assert.ok(event.kind === 'final');
      assert.equal(wordErrors(transcript, event.text), 0, event.text);
    });

    test('another rate than 16 kHz is refused', () => {
      for (const sampleRateHz of [8000, 48_000, 0, Number.NaN]) {
        assert.throws(
          () => engine.start({ sampleRateHz, onEvent() {} }),
          (error) => error instanceof AsrError && error.code === 'UNSUPPORTED' && /16000/.test(error.message),
        );
      }
    });

    test('closing it fails the turns that go on, once, and every later one', async () => {
      const closing = await open();
      const turn = transcribe(closing, samples);
      const closed = closing.close();
      await assert.rejects(turn, { name: 'AsrError', code: 'CANCELLED' });
      await closed;
      await closing.close();
      await assert.rejects(transcribe(closing, samples), { name: 'AsrError', code: 'CANCELLED' });
    });
  });
}
