import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { FakeClock } from '@parley/testkit';
import type { AsrEngine, AsrEvent, AsrStream } from './asr-engine.ts';
import { AsrError } from './asr-error.ts';
import { TurnRecorder } from './turn-recorder.ts';

class ManualStream implements AsrStream {
  samples = 0;
  silent = false;
  ended = false;
  cancelled = false;
  readonly tell: (event: AsrEvent) => void;

  constructor(tell: (event: AsrEvent) => void) {
    this.tell = tell;
  }

  push(samples: Int16Array): void {
    this.samples += samples.length;
  }

  setSilent(isSilent: boolean): void {
    this.silent = isSilent;
  }

  end(): void {
    this.ended = true;
  }

  cancel(): void {
    this.cancelled = true;
  }
}

const SECOND = new Int16Array(16_000);
const PRE_ROLL = new Int16Array(4800);

describe('a turn recorder', () => {
  let clock: FakeClock;
  let streams: ManualStream[];
  let told: string[];
  let languages: string[];
  let recorder: TurnRecorder;
  let refusal: AsrError | undefined;
  let isBehind: boolean;

  beforeEach(() => {
    clock = new FakeClock();
    streams = [];
    told = [];
    languages = [];
    refusal = undefined;
    isBehind = false;
    const engine: AsrEngine = {
      name: 'manual',
      refuseLanguage: () => undefined,
      start: ({ onEvent, language = '' }) => {
        languages.push(language);
        if (refusal !== undefined) throw refusal;
        const stream = new ManualStream(onEvent);
        streams.push(stream);
        return stream;
      },
      close: async () => {},
    };
    recorder = new TurnRecorder({
      engine,
      clock,
      language: 'en',
      endpointingMs: 500,
      maxTurnMs: 10_000,
      isBehind: () => isBehind,
      listener: {
        onTranscript: ({ turnId, text, isFinal }) =>
          told.push(`${turnId} ${isFinal ? 'final' : 'partial'} ${text}`),
        onTurnFailed: (turnId, error) => told.push(`${turnId} failed ${error.code}`),
        onPartialsShed: () => told.push('shed'),
      },
    });
  });

  function stream(index: number): ManualStream {
    const found = streams[index];
    assert.ok(found);
    return found;
  }

  test('records from the pre-roll to the endpoint and tells the transcript', () => {
    recorder.push(SECOND);
    assert.equal(streams.length, 0, 'nobody speaks');
    recorder.speechStarted(() => PRE_ROLL);
    recorder.push(SECOND);
    stream(0).tell({ kind: 'partial', text: 'hello', stableLength: 0 });
    recorder.speechStopped(300);
    recorder.push(new Int16Array(3199));
    clock.advance(199);
    assert.equal(stream(0).ended, false);
    clock.advance(1);
    assert.equal(stream(0).ended, true);
    assert.equal(stream(0).samples, 4800 + 16_000 + 3199);
    stream(0).tell({ kind: 'final', text: 'hello you', segments: [] });
    assert.deepEqual(told, ['t1 partial hello', 't1 final hello you']);
  });

  test('silence that comes faster than time passes ends the turn by its length', () => {
    recorder.speechStarted(() => PRE_ROLL);
    recorder.speechStopped(300);
    recorder.push(new Int16Array(1600));
    recorder.push(new Int16Array(1599));
    assert.equal(stream(0).ended, false);
    recorder.push(new Int16Array(1));
    assert.equal(stream(0).ended, true);
    assert.equal(clock.pending, 0);
    recorder.speechStarted(() => PRE_ROLL);
    assert.equal(streams.length, 2);
  });

  test('what is still to come of a burst decides whether the turn is over, and not the clock', () => {
    isBehind = true;
    recorder.speechStarted(() => PRE_ROLL);
    recorder.speechStopped(300);
    recorder.push(new Int16Array(1600));
    clock.advance(10_000);
    assert.equal(stream(0).ended, false);
    recorder.speechStarted(() => PRE_ROLL);
    assert.equal(clock.pending, 0);
    recorder.push(SECOND);
    recorder.speechStopped(300);
    clock.advance(300);
    assert.equal(stream(0).ended, false);
    isBehind = false;
    clock.advance(50);
    assert.equal(stream(0).ended, true);
    assert.equal(stream(0).samples, 4800 + 1600 + 16_000);
    assert.equal(streams.length, 1);
  });

  test('a pause for breath does not end the turn', () => {
    recorder.speechStarted(() => PRE_ROLL);
    recorder.speechStopped(300);
    assert.equal(stream(0).silent, true);
    clock.advance(150);
    recorder.speechStarted(() => PRE_ROLL);
    assert.equal(stream(0).silent, false);
    clock.advance(5000);
    assert.equal(streams.length, 1);
    assert.equal(stream(0).ended, false);
    assert.equal(stream(0).samples, 4800, 'the pre-roll only once');
  });

  test('the next turn may begin while the former is still being recognized', () => {
    recorder.speechStarted(() => PRE_ROLL);
    recorder.speechStopped(500);
    clock.advance(0);
    recorder.speechStarted(() => PRE_ROLL);
    stream(1).tell({ kind: 'partial', text: 'two', stableLength: 0 });
    stream(0).tell({ kind: 'final', text: 'one', segments: [] });
    assert.deepEqual(told, ['t2 partial two', 't1 final one']);
  });

  function sayShortly(): void {
    recorder.speechStarted(() => PRE_ROLL);
    recorder.speechStopped(500);
    clock.advance(0);
  }

  test('turns are told in their order, whichever is recognized first, also those that fail', () => {
    for (let count = 0; count < 4; count += 1) sayShortly();
    stream(2).tell({ kind: 'final', text: 'three', segments: [] });
    stream(1).tell({ kind: 'failed', error: new AsrError('TIMED_OUT', 'slow') });
    assert.deepEqual(told, []);
    stream(0).tell({ kind: 'final', text: 'one', segments: [] });
    assert.deepEqual(told, ['t1 final one', 't2 failed TIMED_OUT', 't3 final three']);
    stream(3).tell({ kind: 'final', text: 'four', segments: [] });
    assert.equal(told.at(-1), 't4 final four');
  });

  test('a turn that is never recognized holds up eight others at most', () => {
    for (let count = 0; count < 8; count += 1) sayShortly();
    stream(1).tell({ kind: 'final', text: 'two', segments: [] });
    assert.deepEqual(told, []);
    sayShortly();
    assert.equal(stream(0).cancelled, true);
    assert.deepEqual(told, ['t1 failed OVERLOADED', 't2 final two']);
    stream(0).tell({ kind: 'final', text: 'late', segments: [] });
    assert.equal(told.length, 2);
  });

  test('ten minutes without a pause become turns of the longest length, and nothing is lost', () => {
    recorder.speechStarted(() => new Int16Array());
    for (let second = 0; second < 600; second += 1) {
      recorder.push(SECOND);
      streams.at(-2)?.tell({ kind: 'final', text: 'so on', segments: [] });
    }
    assert.equal(streams.length, 61);
    assert.ok(streams.slice(0, 60).every(({ ended, samples }) => ended && samples === 160_000));
    assert.equal(
      streams.reduce((sum, { samples }) => sum + samples, 0),
      600 * 16_000,
    );
  });

  test('a failure while somebody speaks ends that turn only, and what follows is a turn of its own', () => {
    recorder.speechStarted(() => PRE_ROLL);
    recorder.push(SECOND);
    stream(0).tell({ kind: 'failed', error: new AsrError('TIMED_OUT', 'slow') });
    assert.equal(recorder.isRecording, true);
    recorder.push(SECOND);
    recorder.speechStopped(300);
    clock.advance(200);
    assert.equal(stream(1).samples, 16_000);
    assert.equal(stream(1).ended, true);
    stream(1).tell({ kind: 'final', text: 'the rest', segments: [] });
    assert.deepEqual(told, ['t1 failed TIMED_OUT', 't2 final the rest']);
  });

  test('a failure in the silence at the end of a turn begins no other one', () => {
    recorder.speechStarted(() => PRE_ROLL);
    recorder.speechStopped(300);
    stream(0).tell({ kind: 'failed', error: new AsrError('ENGINE_FAILED', 'broken') });
    assert.equal(recorder.isRecording, false);
    assert.equal(clock.pending, 0);
    recorder.speechStarted(() => PRE_ROLL);
    assert.equal(streams.length, 2);
  });

  test('nothing more is recorded for an engine that closes', () => {
    recorder.speechStarted(() => PRE_ROLL);
    stream(0).tell({ kind: 'failed', error: new AsrError('CANCELLED', 'closing') });
    assert.equal(recorder.isRecording, false);
    assert.equal(streams.length, 1);
  });

  test('a turn that cannot begin leaves the next one alone', () => {
    refusal = new AsrError('OVERLOADED', 'busy');
    recorder.speechStarted(() => PRE_ROLL);
    refusal = undefined;
    recorder.speechStarted(() => PRE_ROLL);
    assert.equal(recorder.isRecording, true);
    assert.deepEqual(told, ['t1 failed OVERLOADED']);
  });

  test('a turn that is finished early is told all the same, and the next one has the new settings', () => {
    recorder.speechStarted(() => PRE_ROLL);
    recorder.speechStopped(300);
    recorder.finish();
    recorder.finish();
    assert.equal(clock.pending, 0);
    recorder.configure({ language: 'de', endpointingMs: 300 });
    recorder.speechStarted(() => PRE_ROLL);
    recorder.speechStopped(300);
    clock.advance(0);
    assert.deepEqual(languages, ['en', 'de']);
    assert.deepEqual(
      streams.map(({ ended }) => ended),
      [true, true],
    );
    stream(0).tell({ kind: 'final', text: 'one', segments: [] });
    stream(1).tell({ kind: 'final', text: 'two', segments: [] });
    assert.deepEqual(told, ['t1 final one', 't2 final two']);
  });

  test('tells nothing and leaves no timer after it was closed', () => {
    recorder.speechStarted(() => PRE_ROLL);
    recorder.speechStopped(0);
    recorder.close();
    stream(0).tell({ kind: 'final', text: 'late', segments: [] });
    assert.equal(stream(0).cancelled, true);
    assert.deepEqual(told, []);
    assert.equal(clock.pending, 0);
    recorder.speechStarted(() => PRE_ROLL);
    assert.equal(streams.length, 1);
  });
});
