import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpeechEvent } from './speech-detector.ts';
import { SpeechListener } from './speech-listener.ts';
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
