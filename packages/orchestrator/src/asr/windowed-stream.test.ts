import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock, silentLogger as logger } from '@parley/testkit';
import { ASR_RATE_HZ, type AsrEngine, type AsrEvent, type AsrStream } from './asr-engine.ts';
import { ScriptedRecognizer } from './testing/scripted-recognizer.ts';
import { createWindowedEngine, type WindowedEngineOptions } from './windowed-engine.ts';

interface Stage {
  readonly recognizer: ScriptedRecognizer;
  readonly engine: AsrEngine;
  readonly stream: AsrStream;
  readonly events: AsrEvent[];
}

function stageOf(
  recognizer: ScriptedRecognizer,
  options: Partial<Omit<WindowedEngineOptions, 'recognizer'>> = {},
): Stage {
  const engine = createWindowedEngine({ recognizer, clock: new FakeClock(), logger, ...options });
  const events: AsrEvent[] = [];
  const stream = engine.start({ sampleRateHz: ASR_RATE_HZ, onEvent: (event) => void events.push(event) });
  return { recognizer, engine, stream, events };
}

/** Sound in which every sample tells where it is. */
function sound(seconds: number): Int16Array {
  return Int16Array.from({ length: seconds * ASR_RATE_HZ }, (_, index) => 1000 + (index % 7919));
}

async function settle(): Promise<void> {
  await new Promise(setImmediate);
}

test('partials are made of the growing window, one at a time, and words agreed on are stable', async () => {
  const { stream, events, recognizer } = stageOf(new ScriptedRecognizer());
  stream.push(sound(0.29));
  assert.equal(recognizer.asked.length, 0);
  stream.push(sound(0.5));
  assert.equal(recognizer.asked[0]?.samples.length, 0.79 * ASR_RATE_HZ);
  stream.push(sound(1));
  assert.equal(recognizer.asked.length, 1);
  recognizer.asked[0]?.answer('turn on');
  await settle();
  stream.push(sound(0.1));
  assert.equal(recognizer.asked[1]?.samples.length, 1.89 * ASR_RATE_HZ);
  recognizer.asked[1]?.answer('turn off the');
  await settle();
  stream.end();
  recognizer.asked[2]?.answer('turn off the light');
  await settle();
  assert.deepEqual(events, [
    { kind: 'partial', text: 'turn on', stableLength: 0, language: 'en' },
    { kind: 'partial', text: 'turn off the', stableLength: 4, language: 'en' },
    {
      kind: 'final',
      text: 'turn off the light',
      language: 'en',
      segments: [{ text: 'turn off the light', startMs: 0, endMs: 1890 }],
    },
  ]);
});

test('what is said in a language without spaces is told whole, and its agreed part stays', async () => {
  const { stream, events, recognizer } = stageOf(new ScriptedRecognizer());
  for (const [index, decoded] of ['你好', '你好', '你好今天天', '你好今天天气怎么样'].entries()) {
    stream.push(sound(0.3));
    recognizer.asked[index]?.answer(decoded);
    await settle();
  }
  stream.end();
  recognizer.asked[4]?.answer('你好，今天天气怎么样？');
  await settle();
  assert.deepEqual(
    events.map((event) => ['text' in event && event.text, 'stableLength' in event && event.stableLength]),
    [
      ['你好', 0],
      ['你好今天天', 2],
      ['你好今天天气怎么样', 5],
      ['你好，今天天气怎么样？', false],
    ],
  );
});

test('the final transcript is what the last decode says, whatever partials showed', async () => {
  const { stream, events, recognizer } = stageOf(new ScriptedRecognizer());
  for (const [index, decoded] of ['turn off', 'turn off the'].entries()) {
    stream.push(sound(0.3));
    recognizer.asked[index]?.answer(decoded);
    await settle();
  }
  stream.end();
  recognizer.asked[2]?.answer('Turn on the light.');
  await settle();
  const last = events.at(-1);
  assert.ok(last?.kind === 'final');
  assert.equal(last.text, 'Turn on the light.');
  assert.deepEqual(last.segments, [{ text: 'Turn on the light.', startMs: 0, endMs: 600 }]);
});

test('a partial that comes after the end is not told, and neither is one that says nothing new', async () => {
  const { stream, events, recognizer } = stageOf(new ScriptedRecognizer({ concurrency: 2 }));
  stream.push(sound(1));
  recognizer.asked[0]?.answer('one');
  await settle();
  stream.push(sound(1));
  recognizer.asked[1]?.answer('one');
  await settle();
  stream.push(sound(1));
  stream.end();
  recognizer.asked[2]?.answer('one two late');
  recognizer.asked[3]?.answer('one two');
  await settle();
  assert.deepEqual(
    events.map((event) => [event.kind, 'text' in event && event.text]),
    [
      ['partial', 'one'],
      ['final', 'one two'],
    ],
  );
});

test('that partials are left out is told once a turn, and the end still comes', async () => {
  const { stream, events, recognizer, engine } = stageOf(new ScriptedRecognizer());
  const busy = engine.start({ sampleRateHz: ASR_RATE_HZ, onEvent() {} });
  busy.push(sound(1));
  for (let count = 0; count < 5; count += 1) stream.push(sound(1));
  stream.end();
  recognizer.asked[0]?.answer('other');
  await settle();
  recognizer.asked[1]?.answer('still here');
  await settle();
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['partials_shed', 'final'],
  );
});

test('no partial is begun in a silence that may be the end, which would have to wait for it', async () => {
  const { stream, events, recognizer } = stageOf(new ScriptedRecognizer());
  stream.push(sound(1));
  recognizer.asked[0]?.answer('one');
  await settle();
  stream.setSilent(true);
  stream.push(sound(1));
  assert.equal(recognizer.asked.length, 1);
  stream.setSilent(false);
  stream.push(sound(0.1));
  assert.equal(recognizer.asked.length, 2);
  recognizer.asked[1]?.answer('one two');
  await settle();
  stream.setSilent(true);
  stream.push(sound(1));
  stream.end();
  assert.equal(recognizer.asked.length, 3);
  recognizer.asked[2]?.answer('one two three');
  await settle();
  assert.equal(events.at(-1)?.kind, 'final');
});

test('turns of one owner cannot fill the queue of all', async () => {
  const recognizer = new ScriptedRecognizer({ concurrency: 1 });
  const engine = createWindowedEngine({ recognizer, clock: new FakeClock(), logger, queueLimit: 8 });
  const ends: string[] = [];
  const say = (name: string, owner: object): void => {
    const onEvent = (event: AsrEvent): void => {
      ends.push(`${name} ${event.kind === 'failed' ? event.error.code : event.kind}`);
    };
    const stream = engine.start({ sampleRateHz: ASR_RATE_HZ, partials: false, owner, onEvent });
    stream.push(sound(1));
    stream.end();
  };
  const one = {};
  for (const name of ['a', 'b', 'c', 'd']) say(name, one);
  say('e', {});
  await settle();
  assert.deepEqual(ends, ['d OVERLOADED']);
  await engine.close();
});

test('ten minutes without a pause are cut, decoded once each, joined, and not kept', async () => {
  const windows: number[] = [];
  const recognizer = new ScriptedRecognizer({
    answer: ({ length }) => {
      windows.push(length);
      return `w${windows.length}`;
    },
  });
  const { stream, events } = stageOf(recognizer, { partials: false });
  const second = sound(1);
  for (let count = 0; count < 600; count += 1) {
    stream.push(second);
    await settle();
    // Bounded memory: whatever was pushed, less than a window is kept back.
    const decoded = windows.reduce((sum, length) => sum + length, 0);
    assert.ok((count + 1) * ASR_RATE_HZ - decoded < 28 * ASR_RATE_HZ);
  }
  stream.end();
  await settle();
  assert.equal(
    windows.reduce((sum, length) => sum + length, 0),
    600 * ASR_RATE_HZ,
  );
  assert.ok(windows.every((length) => length <= 28 * ASR_RATE_HZ));
  const last = events.at(-1);
  assert.ok(last?.kind === 'final');
  assert.equal(last.text, windows.map((_, index) => `w${index + 1}`).join(' '));
  assert.equal(last.segments.at(-1)?.endMs, 600_000);
  assert.equal(events.length, 1);
});

test('a stream far behind its audio fails instead of piling it up', async () => {
  const { stream, events } = stageOf(new ScriptedRecognizer(), { maxWindowMs: 1000 });
  for (let count = 0; count < 8; count += 1) stream.push(sound(1));
  await settle();
  const last = events.at(-1);
  assert.ok(last?.kind === 'failed');
  assert.equal(last.error.code, 'OVERLOADED');
});

test('words that were stable before a cut are neither lost nor doubled by it', async () => {
  const { stream, events, recognizer } = stageOf(new ScriptedRecognizer(), { maxWindowMs: 3000 });
  stream.push(sound(1));
  recognizer.asked[0]?.answer('one two three');
  await settle();
  stream.push(sound(1));
  recognizer.asked[1]?.answer('one two three four');
  await settle();
  // The window is full: its first part is decoded for good, and holds two of the three stable words.
  stream.push(sound(1));
  assert.equal(recognizer.asked.length, 3);
  recognizer.asked[2]?.answer('one two');
  await settle();
  stream.push(sound(0.5));
  recognizer.asked[3]?.answer('three four');
  await settle();
  stream.end();
  recognizer.asked[4]?.answer('three four five');
  await settle();
  assert.deepEqual(
    events.map((event) => [event.kind, 'text' in event && event.text]),
    [
      ['partial', 'one two three'],
      ['partial', 'one two three four'],
      ['final', 'one two three four five'],
    ],
  );
});

test('a decode that fails ends the turn with its reason; a partial that fails does not', async () => {
  const { stream, events, recognizer } = stageOf(new ScriptedRecognizer());
  stream.push(sound(1));
  recognizer.asked[0]?.fail(new Error('no matter'));
  await settle();
  assert.equal(events.length, 0);
  stream.end();
  recognizer.asked[1]?.fail(new Error('it broke'));
  await settle();
  assert.equal(events.length, 1);
  const [event] = events;
  assert.ok(event?.kind === 'failed');
  assert.equal(event.error.message, 'it broke');
});

test('a language that cannot be had is refused', () => {
  const { engine } = stageOf(new ScriptedRecognizer());
  const start = (): unknown => engine.start({ sampleRateHz: ASR_RATE_HZ, language: 'xx', onEvent() {} });
  assert.throws(start, { code: 'UNSUPPORTED', message: 'nobody speaks xx' });
});

test('closing the engine closes its recognizer', async () => {
  const { engine, recognizer } = stageOf(new ScriptedRecognizer());
  await engine.close();
  assert.equal(recognizer.isClosed, true);
});
