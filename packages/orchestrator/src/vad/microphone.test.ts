import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { encodeMulaw, loadResampler, type ResamplerFactory } from '@parley/audio';
import { createWebrtcEngine, type VadDecisionHandler, type VadEngine } from '@parley/audio/vad';
import type { InputFormat, SessionSettings } from '@parley/protocol';
import { FakeClock, SESSION_SETTINGS, silentLogger } from '@parley/testkit';
import OpusScript from 'opusscript';
import { AsrError } from '../asr/asr-error.ts';
import { ScriptedRecognizer } from '../asr/testing/scripted-recognizer.ts';
import { createWindowedEngine } from '../asr/windowed-engine.ts';
import { Microphone, type RecognitionOptions } from './microphone.ts';

const VAD: SessionSettings['vad'] = { ...SESSION_SETTINGS.vad, engine: 'webrtc' };

function settings(input: InputFormat, vad: Partial<SessionSettings['vad']> = {}): SessionSettings {
  return { ...SESSION_SETTINGS, input, vad: { ...VAD, ...vad } };
}

/** A buzz with the harmonics of a voice, which the WebRTC detector takes for speech. */
function voice(ms: number, rateHz: number): Int16Array {
  return Int16Array.from({ length: (ms * rateHz) / 1000 }, (_, index) => {
    let sample = 0;
    for (let harmonic = 1; harmonic <= 20; harmonic += 1) {
      sample += Math.sin((2 * Math.PI * 140 * harmonic * index) / rateHz) / harmonic;
    }
    return Math.round(6000 * sample * (0.6 + 0.4 * Math.sin((2 * Math.PI * 4 * index) / rateHz)));
  });
}

function bytesOf(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

describe('a microphone', () => {
  let clock: FakeClock;
  let resamplers: ResamplerFactory;
  let engine: VadEngine;
  let told: string[];

  before(async () => {
    resamplers = await loadResampler();
    engine = createWebrtcEngine({ aggressiveness: 2 });
  });

  after(() => engine.close());

  beforeEach(() => {
    clock = new FakeClock();
    told = [];
  });

  function open(at: SessionSettings, by: VadEngine = engine, recognition?: RecognitionOptions): Microphone {
    const options = { engine: by, resamplers, clock, ...(recognition !== undefined && { recognition }) };
    return new Microphone(options, at, {
      onSpeechStarted: (atMs) => told.push(`started ${Math.round(atMs / 100) * 100}`),
      onSpeechSustained: () => told.push('sustained'),
      onSpeechStopped: (atMs) => told.push(`stopped ${Math.round(atMs / 100) * 100}`),
      onTranscript: ({ text }) => told.push(`transcript ${text}`),
      onTranscriptionFailed: (message) => told.push(message),
      onPartialsShed: () => told.push('shed'),
    });
  }

  const formats: readonly (readonly [InputFormat, (samples: Int16Array) => Uint8Array])[] = [
    [{ encoding: 'pcm_s16le', sample_rate: 8000 }, bytesOf],
    [{ encoding: 'pcm_s16le', sample_rate: 16_000 }, bytesOf],
    [{ encoding: 'pcm_s16le', sample_rate: 24_000 }, bytesOf],
    [{ encoding: 'pcm_s16le', sample_rate: 48_000 }, bytesOf],
    [{ encoding: 'mulaw', sample_rate: 8000 }, (samples) => encodeMulaw(samples)],
  ];

  for (const [format, encode] of formats) {
    test(`hears speech begin, last and end in ${format.encoding} of ${format.sample_rate} Hz`, () => {
      const microphone = open(settings(format));
      const rateHz = format.sample_rate;
      const audio = [new Int16Array(rateHz), voice(1000, rateHz), new Int16Array(rateHz)];
      for (const part of audio) {
        for (let at = 0; at < part.length; at += rateHz / 50) {
          assert.deepEqual(microphone.hear(encode(part.subarray(at, at + rateHz / 50))), { kind: 'ok' });
          clock.advance(20);
        }
      }
      microphone.close();
      assert.deepEqual(
        told.map((line) => line.split(' ')[0]),
        ['started', 'sustained', 'stopped'],
      );
      assert.equal(told[0], 'started 1000');
    });
  }

  test('hears speech in Opus packets', () => {
    const microphone = open(settings({ encoding: 'opus', sample_rate: 48_000 }));
    const encoder = new OpusScript(48_000, 1, OpusScript.Application.VOIP);
    const audio = voice(1000, 48_000);
    for (let at = 0; at < audio.length; at += 960) {
      const packet = encoder.encode(Buffer.from(bytesOf(audio.slice(at, at + 960))), 960);
      assert.deepEqual(microphone.hear(packet), { kind: 'ok' });
    }
    encoder.delete();
    assert.ok(told[0]?.startsWith('started'));
    microphone.close();
  });

  test('a voice shorter than an interruption is not sustained', () => {
    const microphone = open(settings({ encoding: 'pcm_s16le', sample_rate: 16_000 }));
    microphone.hear(bytesOf(voice(300, 16_000)));
    microphone.hear(new Uint8Array(32_000));
    assert.equal(told.includes('sustained'), false);
    assert.equal(told.length, 2);
    microphone.close();
  });

  test('refuses half a sample and what is no Opus packet, and hears on', () => {
    const pcm = open(settings({ encoding: 'pcm_s16le', sample_rate: 16_000 }));
    const odd = pcm.hear(new Uint8Array(641));
    assert.ok(odd.kind === 'invalid');
    assert.match(odd.problem, /16-bit samples.*641 bytes/);
    assert.equal(pcm.hear(new Uint8Array(640)).kind, 'ok');
    assert.equal(pcm.hear(new Uint8Array()).kind, 'ok');
    pcm.close();
    const opus = open(settings({ encoding: 'opus', sample_rate: 48_000 }));
    assert.equal(opus.hear(Uint8Array.of(0xff, 0xff, 0xff)).kind, 'invalid');
    assert.equal(opus.hear(new Uint8Array()).kind, 'invalid');
    opus.close();
  });

  test('takes a burst, but not twice real time for long', () => {
    const microphone = open(settings({ encoding: 'pcm_s16le', sample_rate: 16_000 }));
    const second = new Uint8Array(32_000);
    for (let count = 0; count < 10; count += 1) assert.equal(microphone.hear(second).kind, 'ok');
    assert.equal(microphone.hear(second).kind, 'too_fast');
    clock.advance(500);
    assert.equal(microphone.hear(second).kind, 'ok');
    assert.equal(microphone.hear(second).kind, 'too_fast');
    microphone.close();
  });

  test('what comes too fast is dropped before it is decoded', () => {
    const microphone = open(settings({ encoding: 'opus', sample_rate: 48_000 }));
    const silk60ms = 3 << 3;
    const brokenPacket = Uint8Array.of(silk60ms | 3, 0xc2, 0xff, 0xff);
    // 120 ms each: what is no audio uses up the budget like any other.
    const kinds = Array.from({ length: 100 }, () => microphone.hear(brokenPacket).kind);
    const decoded = kinds.indexOf('too_fast');
    assert.ok(decoded > 80 && decoded < 85, `${decoded} packets were looked into`);
    assert.deepEqual([...new Set(kinds.slice(0, decoded))], ['invalid']);
    assert.deepEqual([...new Set(kinds.slice(decoded))], ['too_fast']);
    microphone.close();
  });

  test('messages without audio have a limit too', () => {
    const microphone = open(settings({ encoding: 'pcm_s16le', sample_rate: 16_000 }));
    let taken = 0;
    while (taken < 20_000 && microphone.hear(new Uint8Array()).kind === 'ok') taken += 1;
    assert.equal(taken, 5000);
    clock.advance(20);
    assert.equal(microphone.hear(new Uint8Array(640)).kind, 'ok');
    microphone.close();
  });

  test('speech ends that began with the last message there was', () => {
    const microphone = open(settings({ encoding: 'pcm_s16le', sample_rate: 16_000 }));
    const audio = voice(2000, 16_000);
    for (let at = 0; told.length === 0; at += 320) {
      microphone.hear(bytesOf(audio.slice(at, at + 320)));
      clock.advance(20);
    }
    assert.deepEqual(told, ['started 0']);
    clock.advance(1000);
    assert.equal(told[1]?.split(' ')[0], 'stopped');
    assert.equal(clock.pending, 0);
    microphone.close();
  });

  test('speech ends that an engine found only after the last message', () => {
    let decide: VadDecisionHandler = () => {};
    const late: VadEngine = {
      ...engine,
      synchronous: false,
      createStream: ({ sampleRateHz, onDecision }) => {
        decide = onDecision;
        const stream = { sampleRateHz, pushedSamples: 3200, decidedSamples: 0, pendingDecisions: 1 };
        return { ...stream, push() {}, close() {} };
      },
    };
    const microphone = open(settings({ encoding: 'pcm_s16le', sample_rate: 16_000 }), late);
    microphone.hear(bytesOf(voice(200, 16_000)));
    clock.advance(300);
    decide(1, -20, 0, 3200);
    assert.deepEqual(told, ['started 0']);
    clock.advance(699);
    assert.equal(told.length, 1);
    clock.advance(1);
    assert.equal(told[1], 'stopped 200');
    microphone.close();
  });

  test('messages that hold nothing do not keep speech from ending', () => {
    const microphone = open(settings({ encoding: 'pcm_s16le', sample_rate: 16_000 }));
    microphone.hear(bytesOf(voice(300, 16_000)));
    for (let ms = 0; ms < 1000; ms += 20) {
      clock.advance(20);
      microphone.hear(new Uint8Array());
    }
    assert.equal(told.at(-1)?.split(' ')[0], 'stopped');
    microphone.close();
  });

  test('sets a timer a second while speech lasts, not one a message', () => {
    let timers = 0;
    const setTimer = clock.setTimer.bind(clock);
    clock.setTimer = (delayMs, onDue) => {
      timers += 1;
      return setTimer(delayMs, onDue);
    };
    const microphone = open(settings({ encoding: 'pcm_s16le', sample_rate: 16_000 }));
    const audio = voice(5000, 16_000);
    for (let at = 0; at < audio.length; at += 320) {
      microphone.hear(bytesOf(audio.subarray(at, at + 320)));
      clock.advance(20);
    }
    assert.ok(timers >= 4 && timers <= 6, `${timers} timers`);
    clock.advance(980);
    assert.deepEqual(
      told.map((line) => line.split(' ')[0]),
      ['started', 'sustained', 'stopped'],
    );
    microphone.close();
    assert.equal(clock.pending, 0);
  });

  test('an hour of silence leaves nothing behind, and speech after it is heard where it is', () => {
    const microphone = open(settings({ encoding: 'pcm_s16le', sample_rate: 8000 }));
    const second = new Uint8Array(16_000);
    for (let seconds = 0; seconds < 3600; seconds += 1) {
      assert.equal(microphone.hear(second).kind, 'ok');
      clock.advance(1000);
    }
    assert.deepEqual(told, []);
    assert.equal(clock.pending, 0);
    microphone.hear(bytesOf(voice(600, 8000)));
    assert.deepEqual(told, ['started 3600000', 'sustained']);
    microphone.close();
  });

  test('goes on counting when the format changes, and ends speech that was under way', () => {
    const microphone = open(settings({ encoding: 'pcm_s16le', sample_rate: 16_000 }));
    microphone.hear(bytesOf(voice(1000, 16_000)));
    microphone.configure(settings({ encoding: 'pcm_s16le', sample_rate: 8000 }));
    assert.equal(told.at(-1), 'stopped 1000');
    microphone.hear(new Uint8Array(16_000));
    microphone.hear(bytesOf(voice(500, 8000)));
    assert.deepEqual(told.slice(-2), ['started 2000', 'sustained']);
    microphone.close();
  });

  const changes: readonly (readonly [string, Partial<SessionSettings>])[] = [
    ['voice activity', { vad: { ...VAD, min_interruption_ms: 400 } }],
    ['the format', { input: { encoding: 'pcm_s16le', sample_rate: 8000 } }],
    ['recognition', { asr: { enabled: true, language: 'de', endpointing_ms: 200 } }],
    ['whether there is recognition', { asr: { enabled: false, language: 'auto', endpointing_ms: 500 } }],
  ];

  for (const [what, change] of changes) {
    for (const when of ['being said', 'being decoded'] as const) {
      test(`changing ${what} loses nothing of a turn that is ${when}`, async () => {
        const recognizer = new ScriptedRecognizer();
        const recognition = createWindowedEngine({
          recognizer,
          clock,
          logger: silentLogger,
          partials: false,
        });
        const before: SessionSettings = {
          ...settings({ encoding: 'pcm_s16le', sample_rate: 16_000 }),
          asr: { enabled: true, language: 'auto', endpointing_ms: 500 },
        };
        const microphone = open(before, engine, { engine: recognition, maxTurnMs: 60_000 });
        microphone.hear(bytesOf(voice(1500, 16_000)));
        if (when === 'being decoded') {
          microphone.hear(new Uint8Array(32_000));
          clock.advance(200);
          assert.equal(recognizer.asked.length, 1);
        }
        microphone.configure({ ...before, ...change });
        assert.deepEqual(
          recognizer.asked.map(({ language }) => language),
          ['auto'],
        );
        recognizer.asked[0]?.answer('what I said');
        await new Promise(setImmediate);
        assert.equal(told.at(-1), 'transcript what I said');
        const stopped = told.filter((line) => line.startsWith('stopped'));
        assert.equal(stopped.length, 1);
        microphone.close();
        assert.equal(clock.pending, 0);
        await recognition.close();
      });
    }
  }

  test('a client learns of a failure that there was one, and not what an engine said', async () => {
    const recognizer = new ScriptedRecognizer();
    const recognition = createWindowedEngine({ recognizer, clock, logger: silentLogger, partials: false });
    const asr = { enabled: true, language: 'auto', endpointing_ms: 0 };
    const format: InputFormat = { encoding: 'pcm_s16le', sample_rate: 16_000 };
    const microphone = open({ ...settings(format), asr }, engine, { engine: recognition, maxTurnMs: 60_000 });
    for (const error of [
      new Error('10.0.0.7:9000 answered 500: /srv/models/secret.onnx'),
      new AsrError('TIMED_OUT', '10.0.0.7:9000: the transcript did not come within 20000 ms'),
    ]) {
      microphone.hear(bytesOf(voice(500, 16_000)));
      microphone.hear(new Uint8Array(16_000));
      clock.advance(0);
      recognizer.asked.at(-1)?.fail(error);
      await new Promise(setImmediate);
    }
    assert.deepEqual(
      told.filter((line) => line.includes('recognition')),
      [
        'speech recognition failed: what was said is lost',
        'speech recognition took too long: what was said is lost',
      ],
    );
    microphone.close();
    await recognition.close();
  });

  test('what is said after recognition was switched off is not transcribed', async () => {
    const recognizer = new ScriptedRecognizer({ answer: () => 'heard' });
    const recognition = createWindowedEngine({ recognizer, clock, logger: silentLogger });
    const format: InputFormat = { encoding: 'pcm_s16le', sample_rate: 16_000 };
    const asr = { enabled: true, language: 'auto', endpointing_ms: 0 };
    const microphone = open({ ...settings(format), asr }, engine, { engine: recognition, maxTurnMs: 60_000 });
    microphone.configure({ ...settings(format), asr: { ...asr, enabled: false } });
    microphone.hear(bytesOf(voice(1000, 16_000)));
    microphone.hear(new Uint8Array(32_000));
    assert.equal(recognizer.asked.length, 0);
    microphone.close();
    await recognition.close();
  });

  test('says nothing of speech where voice activity is switched off', () => {
    const microphone = open(settings({ encoding: 'pcm_s16le', sample_rate: 16_000 }, { enabled: false }));
    microphone.hear(bytesOf(voice(1000, 16_000)));
    assert.deepEqual(told, []);
    microphone.close();
  });

  test('voice activity that is switched off in the middle of speech tells its end', () => {
    const format: InputFormat = { encoding: 'pcm_s16le', sample_rate: 16_000 };
    const microphone = open(settings(format));
    microphone.hear(bytesOf(voice(300, 16_000)));
    microphone.configure(settings(format, { enabled: false }));
    assert.deepEqual(told, ['started 0', 'stopped 300']);
    microphone.hear(bytesOf(voice(1000, 16_000)));
    clock.advance(60_000);
    assert.equal(told.length, 2);
    microphone.close();
  });
});
