import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import { loadVadEngine } from './load-vad-engine.ts';
import type { SpeechEvent } from './speech-detector.ts';
import { SpeechListener } from './speech-listener.ts';
import { HandJudgedEngine } from './testing/hand-judged-engine.ts';
import { voiceAmidSilence } from './testing/voice-like.ts';
import { createWebrtcEngine } from './webrtc-engine.ts';

test('a session hears a voice once, with the 300 ms before it', async () => {
  const engine = createWebrtcEngine();
  const audio = voiceAmidSilence(1000, 1000, 1000);
  const events: SpeechEvent[] = [];
  let kept = new Int16Array(0);
  let heardAtStart = 0;
  const listener = new SpeechListener({
    engine,
    sampleRateHz: 16_000,
    onEvent(event) {
      events.push(event);
      if (event.kind !== 'speech_started') return;
      kept = Int16Array.from(listener.audioSince(event.atMs));
      heardAtStart = (listener.heardMs - event.atMs) * 16;
    },
  });
  for (let at = 0; at < audio.length; at += 321) listener.push(audio.subarray(at, at + 321));
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['speech_started', 'speech_stopped'],
  );
  const [started, stopped] = events;
  assert.ok(started !== undefined && stopped !== undefined);
  assert.ok(started.atMs >= 960 && started.atMs <= 1100, `started at ${started.atMs} ms`);
  assert.ok(stopped.atMs >= 1900 && stopped.atMs <= 2400, `stopped at ${stopped.atMs} ms`);
  assert.equal(listener.heardMs, 3000);
  const from = (started.atMs - 300) * 16;
  assert.ok(kept.length >= 400 * 16);
  assert.deepEqual(kept, audio.subarray(from, from + kept.length));
  assert.ok(Math.abs(kept.length - heardAtStart - 300 * 16) <= 1);
  listener.close();
  await engine.close();
});

test('a listener that is closed hears nothing more', async () => {
  const engine = createWebrtcEngine();
  const events: SpeechEvent[] = [];
  const listener = new SpeechListener({
    engine,
    sampleRateHz: 16_000,
    onEvent: (event) => events.push(event),
  });
  listener.close();
  listener.close();
  listener.push(voiceAmidSilence(100, 1000, 0));
  assert.deepEqual(events, []);
  assert.equal(engine.stats().streams, 0);
  await engine.close();
});

/** Two voices, longer apart and together than any engine keeps audio. */
const TWO_VOICES = new Int16Array((4608 + 4096) * 16);
TWO_VOICES.set(voiceAmidSilence(1024, 2048, 1536));
TWO_VOICES.set(voiceAmidSilence(1024, 1536, 1536), 4608 * 16);

interface Heard {
  readonly kind: SpeechEvent['kind'];
  readonly atMs: number;
  /** Of a start: whether all of its audio is there, from 300 ms before it on. */
  readonly isKept: boolean | undefined;
}

const ENGINES = [
  ['webrtc', Math.floor((4608 + 4096) / 20)],
  ['silero', (4608 + 4096) / 32],
  ['hybrid', (4608 + 4096) / 32],
] as const;

for (const [name, decisions] of ENGINES) {
  test(`what comes all at once is heard by ${name} as what comes in real time, with the audio before it`, async () => {
    const engine = await loadVadEngine({ engine: name });
    const hear = async (messageSamples: number, pace: 'at once' | 'as judged'): Promise<readonly Heard[]> => {
      const heard: Heard[] = [];
      const before = engine.stats().decisions;
      let told = Promise.withResolvers<void>();
      let toldSamples = 0;
      const listener = new SpeechListener({
        engine,
        sampleRateHz: 16_000,
        nowMs: () => 0,
        onAudio: (samples) => {
          toldSamples += samples.length;
          told.resolve();
          told = Promise.withResolvers();
        },
        onEvent(event) {
          const { kind, atMs } = event;
          // Thrown in here, a failure would be nobody's.
          const kept = kind === 'speech_started' ? listener.audioSince(atMs) : undefined;
          const isKept = kept && isDeepStrictEqual(kept, TWO_VOICES.subarray((atMs - 300) * 16, toldSamples));
          heard.push({ kind, atMs, isKept });
        },
      });
      for (let at = 0; at < TWO_VOICES.length; at += messageSamples) {
        listener.push(TWO_VOICES.subarray(at, at + messageSamples));
        if (pace === 'at once') continue;
        while (listener.isBehind) await told.promise;
      }
      assert.equal(listener.heardMs, TWO_VOICES.length / 16);
      while (engine.stats().decisions - before < decisions) await new Promise(setImmediate);
      listener.close();
      return heard;
    };
    try {
      const slowly = await hear(320, 'as judged');
      assert.ok(slowly.length >= 4);
      assert.ok(slowly.every(({ isKept }) => isKept !== false));
      assert.deepEqual(await hear(TWO_VOICES.length, 'at once'), slowly);
      assert.deepEqual(await hear(320, 'at once'), slowly);
      assert.equal(engine.stats().shedWindows, 0);
    } finally {
      await engine.close();
    }
  });
}

describe('an engine that judges nothing', () => {
  let nowMs: number;
  let engine: HandJudgedEngine;
  let listener: SpeechListener;

  beforeEach(() => {
    nowMs = 0;
    engine = new HandJudgedEngine();
    listener = new SpeechListener({ engine, sampleRateHz: 16_000, nowMs: () => nowMs, onEvent() {} });
  });

  afterEach(() => listener.close());

  test('gets more with each decision', () => {
    listener.push(new Int16Array(160_000));
    assert.equal(engine.pushed, 8 * 512);
    assert.equal(listener.heardMs, 10_000);
    engine.decide(3);
    assert.equal(engine.pushed, 11 * 512);
    assert.equal(listener.isBehind, true);
    for (let count = 11; count <= 313; count += 1) engine.decide(1);
    assert.equal(engine.pushed, 160_000);
    assert.equal(listener.isBehind, false);
  });

  test('is given all the same what has waited for 2.5 s, or what is more than 10 s', () => {
    listener.push(new Int16Array(32_000));
    nowMs = 2500;
    listener.push(new Int16Array(320));
    assert.equal(engine.pushed, 8 * 512);
    assert.equal(listener.isBehind, true);
    nowMs = 2501;
    assert.equal(listener.isBehind, false);
    listener.push(new Int16Array(320));
    assert.equal(engine.pushed, 32_000);
    listener.push(new Int16Array(170_000));
    listener.push(new Int16Array(320));
    assert.ok(
      listener.heardMs - engine.pushed / 16 <= 10_020,
      `${listener.heardMs - engine.pushed / 16} ms wait`,
    );
  });

  test('leaves what it has not judged to another listener', () => {
    const audio = Int16Array.from({ length: 32_000 }, (_, index) => index);
    listener.push(audio);
    engine.decide(5);
    assert.deepEqual(listener.takeUnjudged(), audio.subarray(5 * 512));
    assert.equal(listener.isBehind, false);
  });
});
