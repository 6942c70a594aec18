import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import { loadResampler, type ResamplerFactory } from '@parley/audio';
import { loadVadEngine, type VadEngine } from '@parley/audio/vad';
import { HandJudgedEngine } from '@parley/audio/vad/testing';
import type { InputFormat, SessionSettings } from '@parley/protocol';
import { asrExamples, FakeClock, SESSION_SETTINGS, silentLogger } from '@parley/testkit';
import { ScriptedRecognizer } from '../asr/testing/scripted-recognizer.ts';
import { createWindowedEngine } from '../asr/windowed-engine.ts';
import { Microphone, type RecognitionOptions } from './microphone.ts';

const AT_16_KHZ: InputFormat = { encoding: 'pcm_s16le', sample_rate: 16_000 };
const ASR = { enabled: true, language: 'auto', endpointing_ms: 500 };

const SETTINGS: SessionSettings = { ...SESSION_SETTINGS, input: AT_16_KHZ, asr: ASR };

/** For what waits for a transcript. */
const PATIENCE = { timeout: 30_000 };

function said(words: string): Int16Array {
  return asrExamples().find(({ transcript }) => transcript === words)?.samples ?? new Int16Array();
}

function turnOfLoop(): Promise<void> {
  return new Promise(setImmediate);
}

function joined(...parts: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function bytesOf(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

describe('a burst of microphone audio', () => {
  let clock: FakeClock;
  let resamplers: ResamplerFactory;
  let told: string[];

  before(async () => {
    resamplers = await loadResampler();
  });

  beforeEach(() => {
    clock = new FakeClock();
    told = [];
  });

  function open(engine: VadEngine, recognition?: RecognitionOptions): Microphone {
    const options = { engine, resamplers, clock, ...(recognition !== undefined && { recognition }) };
    return new Microphone(options, SETTINGS, {
      onSpeechStarted: (atMs) => told.push(`started ${Math.round(atMs / 100) * 100}`),
      onSpeechSustained: () => told.push('sustained'),
      onSpeechStopped: (atMs) => told.push(`stopped ${Math.round(atMs / 100) * 100}`),
      onTranscript: ({ text }) => told.push(`transcript ${text}`),
      onTranscriptionFailed: (message) => told.push(message),
      onPartialsShed: () => told.push('shed'),
    });
  }

  for (const name of ['webrtc', 'hybrid'] as const) {
    test(
      `two sentences in one message are two turns, each with all of its audio, by ${name}`,
      PATIENCE,
      async () => {
        const ears = await loadVadEngine({ engine: name });
        const recognizer = new ScriptedRecognizer({ answer: () => 'heard' });
        const recognition = createWindowedEngine({
          recognizer,
          clock,
          logger: silentLogger,
          partials: false,
        });
        const microphone = open(ears, { engine: recognition, maxTurnMs: 60_000 });
        try {
          const pause = new Int16Array(24_000);
          const audio = joined(pause, said('what is the weather today'), pause, said('hello'), pause);
          microphone.hear(bytesOf(audio));
          while (told.filter((line) => line === 'transcript heard').length < 2) await turnOfLoop();
          const lengthsMs = recognizer.asked.map(({ samples }) => samples.length / 16);
          // The voice itself lasts 1.4 and 0.5 s: 300 ms before it and 500 ms after it.
          const [first = 0, second = 0] = lengthsMs;
          assert.ok(first >= 2100 && first <= 2700, `${first} ms`);
          assert.ok(second >= 1100 && second <= 1700, `${second} ms`);
          assert.deepEqual(
            told
              .map((line) => line.split(' ')[0])
              .filter((line) => line?.endsWith('ed') && line !== 'sustained'),
            ['started', 'stopped', 'started', 'stopped'],
          );
          assert.equal(ears.stats().shedWindows, 0);
        } finally {
          microphone.close();
          await recognition.close();
          await ears.close();
        }
      },
    );
  }

  for (const input of [AT_16_KHZ, { encoding: 'mulaw', sample_rate: 8000 } as const]) {
    test(
      `settings that change after a burst lose nothing of it, at ${input.sample_rate} Hz then`,
      PATIENCE,
      async () => {
        const ears = await loadVadEngine({ engine: 'hybrid' });
        const recognizer = new ScriptedRecognizer({ answer: () => 'heard' });
        const recognition = createWindowedEngine({
          recognizer,
          clock,
          logger: silentLogger,
          partials: false,
        });
        const microphone = open(ears, { engine: recognition, maxTurnMs: 60_000 });
        try {
          const pause = new Int16Array(24_000);
          microphone.hear(bytesOf(joined(pause, said('what is the weather today'), pause)));
          microphone.configure({ ...SETTINGS, input, asr: { ...ASR, language: 'de' } });
          while (!told.includes('transcript heard')) await turnOfLoop();
          const [asked] = recognizer.asked;
          assert.equal(asked?.language, 'de');
          assert.ok(asked.samples.length >= 2100 * 16, `${asked.samples.length / 16} ms`);
          assert.match(told[0] ?? '', /^started 1[678]00$/);
        } finally {
          microphone.close();
          await recognition.close();
          await ears.close();
        }
      },
    );
  }

  test('a burst that ends in mid-word is judged to its end before the microphone counts as silent', async () => {
    const slow = new HandJudgedEngine();
    const microphone = open(slow);
    microphone.hear(bytesOf(new Int16Array(100 * 512)));
    slow.decide(10, true);
    clock.advance(1500);
    assert.deepEqual(told, ['started 0']);
    slow.decide(90, true);
    assert.deepEqual(told, ['started 0', 'sustained']);
    clock.advance(1000);
    assert.deepEqual(told, ['started 0', 'sustained', 'stopped 3200']);
    microphone.close();
    assert.equal(clock.pending, 0);
  });
});
