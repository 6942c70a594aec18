import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { SpeechDetector, type SpeechDetectorOptions, type SpeechEvent } from './speech-detector.ts';

type Settings = Omit<SpeechDetectorOptions, 'onEvent'>;

interface Frame {
  readonly probability: number;
  readonly levelDbfs?: number;
  readonly ms?: number;
  /** Audio lost before this frame. */
  readonly lostMs?: number;
}

/** Frames of 20 ms at -20 dBFS where nothing else is said. */
function run(settings: Settings, frames: readonly Frame[], prepare?: (detector: SpeechDetector) => void) {
  const events: SpeechEvent[] = [];
  const detector = new SpeechDetector({ ...settings, onEvent: (event) => events.push(event) });
  prepare?.(detector);
  let position = 0;
  for (const { probability, levelDbfs = -20, ms = 20, lostMs = 0 } of frames) {
    position += lostMs;
    detector.update(probability, levelDbfs, position, position + ms);
    position += ms;
  }
  return { events, detector, position };
}

function times(count: number, frame: Frame): Frame[] {
  return Array.from({ length: count }, () => frame);
}

const speaks = (detector: SpeechDetector): void => detector.setSystemSpeaks(true);
const onEvent = (): void => undefined;

const speech: Frame = { probability: 1 };
const silence: Frame = { probability: 0 };

test('speech starts after 100 ms of it and stops after 300 ms of silence, told where they were', () => {
  const { events } = run({}, [...times(10, silence), ...times(20, speech), ...times(20, silence)]);
  assert.deepEqual(events, [
    { kind: 'speech_started', atMs: 200, decidedAtMs: 300 },
    { kind: 'speech_stopped', atMs: 600, decidedAtMs: 900 },
  ]);
});

test('a click of 80 ms is no speech, and neither are clicks one after the other', () => {
  const clicks = Array.from({ length: 10 }, () => [...times(4, speech), ...times(4, silence)]).flat();
  assert.deepEqual(run({}, clicks).events, []);
});

test('a dip within the first syllable does not begin the count anew', () => {
  const { events } = run({}, [...times(3, speech), ...times(3, silence), ...times(2, speech)]);
  assert.deepEqual(events, [{ kind: 'speech_started', atMs: 0, decidedAtMs: 160 }]);
});

test('a pause shorter than the silence needed does not end speech', () => {
  const { events } = run({}, [...times(10, speech), ...times(14, silence), ...times(10, speech)]);
  assert.equal(events.length, 1);
});

test('while the system speaks it takes twice the speech to start, and the same silence to stop', () => {
  const frames = [...times(9, speech), ...times(30, silence), ...times(10, speech), ...times(20, silence)];
  const { events } = run({}, frames, speaks);
  assert.deepEqual(events, [
    { kind: 'speech_started', atMs: 780, decidedAtMs: 980 },
    { kind: 'speech_stopped', atMs: 980, decidedAtMs: 1280 },
  ]);
});

test('with nothing to wait for, one decision starts and one decision stops', () => {
  const { events } = run({ minSpeechDurationMs: 0, minSilenceDurationMs: 0 }, [speech, silence, speech]);
  assert.deepEqual(
    events.map(({ kind, decidedAtMs }) => [kind, decidedAtMs]),
    [
      ['speech_started', 20],
      ['speech_stopped', 40],
      ['speech_started', 60],
    ],
  );
});

test('a voice that wavers between the two thresholds neither starts nor stops', () => {
  const wavering: Frame = { probability: 0.4 };
  assert.deepEqual(run({}, times(100, wavering)).events, []);
  assert.equal(run({}, [...times(5, speech), ...times(100, wavering)]).events.length, 1);
});

test('a noise gate before VAD that eats the silence: speech ends all the same', () => {
  const noiseGate = { windowMs: 2000, percentile: 10, thresholdMultiplier: 2 };
  const quiet: Frame = { probability: 0, levelDbfs: -70 };
  const hush: Frame = { probability: 0, levelDbfs: -120 };
  const { events } = run({ noiseGate }, [...times(100, quiet), ...times(20, speech), ...times(15, hush)]);
  assert.deepEqual(events, [
    { kind: 'speech_started', atMs: 2000, decidedAtMs: 2100 },
    { kind: 'speech_stopped', atMs: 2400, decidedAtMs: 2700 },
  ]);
});

test('steady noise that the engine calls speech for good ends once the gate knows it as the floor', () => {
  const quiet: Frame = { probability: 0, levelDbfs: -60 };
  const fan: Frame = { probability: 1, levelDbfs: -25 };
  const frames = [...times(100, quiet), ...times(200, fan)];
  assert.equal(run({}, frames).detector.inSpeech, true);
  const { events, detector } = run({ noiseGate: {} }, frames);
  assert.equal(detector.inSpeech, false);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['speech_started', 'speech_stopped'],
  );
});

test('the noise gate withholds echo little above the floor, and lets a nearer voice through', () => {
  const noise: Frame = { probability: 0, levelDbfs: -60 };
  const echo: Frame = { probability: 1, levelDbfs: -50 };
  const voice: Frame = { probability: 1, levelDbfs: -25 };
  const echoing = [...times(100, noise), ...times(15, echo)];
  assert.deepEqual(run({ noiseGate: {} }, echoing, speaks).events, []);
  assert.equal(run({ noiseGate: {} }, echoing).events.length, 1);
  const interrupted = [...times(100, noise), ...times(15, voice)];
  assert.equal(run({ noiseGate: {} }, interrupted, speaks).events.length, 1);
});

test('who speaks from the first moment is heard, though no noise floor is known yet', () => {
  assert.equal(run({ noiseGate: {} }, times(10, speech)).events.length, 1);
});

test('audio that never came counts as silence', () => {
  const { events } = run({}, [...times(10, speech), { ...speech, lostMs: 5000 }]);
  assert.deepEqual(events, [
    { kind: 'speech_started', atMs: 0, decidedAtMs: 100 },
    { kind: 'speech_stopped', atMs: 200, decidedAtMs: 5200 },
  ]);
});

test('a microphone that stops in the middle of a word is ended by finish(), once', () => {
  const { events, detector } = run({}, [...times(10, speech), ...times(3, silence)]);
  detector.finish();
  detector.finish();
  assert.deepEqual(events.at(-1), { kind: 'speech_stopped', atMs: 200, decidedAtMs: 260 });
  assert.equal(events.length, 2);
});

test('after an hour of silence, and after an hour of speech, all is as before', () => {
  const { events } = run({ noiseGate: {} }, [
    ...times(180_000, { probability: 0, levelDbfs: -120 }),
    ...times(10, speech),
    ...times(20, { probability: 0, levelDbfs: -60 }),
  ]);
  assert.equal(events.length, 2);
  const spoken = run({}, [...times(180_000, speech), ...times(15, silence)]);
  assert.deepEqual(spoken.events.at(-1), { kind: 'speech_stopped', atMs: 3_600_000, decidedAtMs: 3_600_300 });
});

test('a setting out of range is refused by name', () => {
  for (const [settings, name] of [
    [{ minSpeechDurationMs: -1 }, 'minSpeechDurationMs'],
    [{ minSilenceDurationMs: Number.NaN }, 'minSilenceDurationMs'],
    [{ speakingThresholdMultiplier: 0.5 }, 'speakingThresholdMultiplier'],
    [{ noiseGate: { percentile: 0 } }, 'percentile'],
    [{ noiseGate: { windowMs: 0 } }, 'windowMs'],
  ] as const) {
    const expected = { name: 'RangeError', message: new RegExp(`^${name} must`, 'u') };
    assert.throws(() => new SpeechDetector({ ...settings, onEvent }), expected);
  }
});

const anyFrame: fc.Arbitrary<Frame> = fc.record({
  probability: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
  levelDbfs: fc.double({ min: -120, max: 0, noNaN: true }),
  ms: fc.constantFrom(10, 20, 30, 32),
  lostMs: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 2000 })),
});
/** Long stretches of one kind, as audio has them. */
const anyAudio: fc.Arbitrary<Frame[]> = fc
  .array(fc.tuple(anyFrame, fc.integer({ min: 1, max: 40 })), { maxLength: 30 })
  .map((stretches) =>
    stretches.flatMap(([frame, count]) => [frame, ...times(count, { ...frame, lostMs: 0 })]),
  );
const anySettings: fc.Arbitrary<Settings> = fc.record(
  {
    minSpeechDurationMs: fc.integer({ min: 0, max: 400 }),
    minSilenceDurationMs: fc.integer({ min: 0, max: 800 }),
    speakingThresholdMultiplier: fc.constantFrom(1, 2, 3),
    noiseGate: fc.record({ windowMs: fc.integer({ min: 200, max: 3000 }) }),
  },
  { requiredKeys: [] },
);

test('whatever the audio: starts and stops take turns, and none starts without enough speech', () => {
  fc.assert(
    fc.property(anySettings, anyAudio, fc.boolean(), (settings, frames, systemSpeaks) => {
      const { events } = run(settings, frames, (detector) => detector.setSystemSpeaks(systemSpeaks));
      const factor = systemSpeaks ? (settings.speakingThresholdMultiplier ?? 2) : 1;
      const needed = (settings.minSpeechDurationMs ?? 100) * factor;
      let last = 0;
      for (const [index, { kind, atMs, decidedAtMs }] of events.entries()) {
        assert.equal(kind, index % 2 === 0 ? 'speech_started' : 'speech_stopped');
        assert.ok(atMs >= last && decidedAtMs >= atMs, `event ${index} goes back in time`);
        last = atMs;
        if (kind === 'speech_started') {
          const heard = speechBetween(frames, atMs, decidedAtMs);
          assert.ok(heard >= needed - 1e-6, `${heard} ms of speech, ${needed} needed`);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('whatever the audio: silence ends speech within its bound, gate or not', () => {
  fc.assert(
    fc.property(
      anySettings,
      anyAudio,
      fc.double({ min: -120, max: 0, noNaN: true }),
      (settings, frames, level) => {
        const minSilence = settings.minSilenceDurationMs ?? 300;
        const tail = times(Math.max(1, Math.ceil(minSilence / 20)), { probability: 0, levelDbfs: level });
        const { events, detector, position } = run(settings, [...frames, ...tail]);
        assert.equal(detector.inSpeech, false);
        assert.ok((events.at(-1)?.decidedAtMs ?? 0) <= position);
      },
    ),
    { numRuns: 200 },
  );
});

function speechBetween(frames: readonly Frame[], fromMs: number, toMs: number): number {
  let position = 0;
  let heard = 0;
  for (const { probability, ms = 20, lostMs = 0 } of frames) {
    position += lostMs + ms;
    if (probability >= 0.5 && position - ms >= fromMs && position <= toMs) heard += ms;
  }
  return heard;
}
