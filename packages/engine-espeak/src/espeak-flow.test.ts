import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEspeak, type EspeakRequest, type EspeakSink } from './espeak.ts';
import { EspeakThread } from './espeak-thread.ts';

const long: EspeakRequest = {
  text: 'The quick brown fox jumps over the lazy dog. '.repeat(200),
  voiceId: 'espeak-en-us',
};
const short: EspeakRequest = { text: 'Hello.', voiceId: 'espeak-en-us' };

/** A sink that counts, and takes a piece only when it is told to. */
function gatedSink() {
  let bytes = 0;
  let pieces = 0;
  let lastWordOffset = -1;
  const taken: (() => void)[] = [];
  let waiting = Promise.withResolvers<void>();
  const sink: EspeakSink = {
    audio(pcm) {
      bytes += pcm.byteLength;
      pieces += 1;
      for (const resolve of taken.splice(0)) resolve();
      return false;
    },
    mark(mark) {
      assert.ok(mark.textOffset > lastWordOffset, 'each word once and in order');
      lastWordOffset = mark.textOffset;
    },
    ready: () => waiting.promise,
  };
  return {
    sink,
    bytes: () => bytes,
    pieces: () => pieces,
    lastWordOffset: () => lastWordOffset,
    /** Settles with the next piece. */
    piece: () => new Promise<void>((resolve) => taken.push(resolve)),
    /** Takes the piece that waits. */
    take() {
      const { resolve } = waiting;
      waiting = Promise.withResolvers();
      resolve();
    },
  };
}

const greedySink: EspeakSink = { audio: () => true, mark: () => undefined, ready: () => Promise.resolve() };

test('an aborted text frees its thread for the next one', async () => {
  const espeak = createEspeak({ threads: 1 });
  try {
    for (let round = 0; round < 3; round += 1) {
      const abort = new AbortController();
      let pieces = 0;
      const speech = espeak.synthesize(
        { ...long, signal: abort.signal },
        {
          ...greedySink,
          audio() {
            pieces += 1;
            if (pieces === 3) abort.abort(new Error('enough'));
            return true;
          },
        },
      );
      await assert.rejects(speech, { message: 'enough' });
      assert.equal(pieces, 3, 'nothing comes after the abort');
      await espeak.synthesize(short, greedySink);
    }
  } finally {
    await espeak.close();
  }
});

test('a text aborted before its turn is never spoken', async () => {
  const espeak = createEspeak({ threads: 1 });
  try {
    const first = espeak.synthesize(short, greedySink);
    const abort = new AbortController();
    const sink = gatedSink();
    const second = espeak.synthesize({ ...long, signal: abort.signal }, sink.sink);
    abort.abort();
    await assert.rejects(second, { name: 'AbortError' });
    await first;
    await espeak.synthesize(short, greedySink);
    assert.equal(sink.pieces(), 0);
    await assert.rejects(espeak.synthesize({ ...short, signal: AbortSignal.abort() }, greedySink), {
      name: 'AbortError',
    });
  } finally {
    await espeak.close();
  }
});

test('listeners that take nothing hold no thread', async () => {
  const espeak = createEspeak({ threads: 1 });
  const abort = new AbortController();
  try {
    const stuck = Array.from({ length: 4 }, () => gatedSink());
    const speeches = stuck.map(({ sink }) => espeak.synthesize({ ...long, signal: abort.signal }, sink));
    await Promise.all(stuck.map((sink) => sink.piece()));
    await espeak.synthesize(short, greedySink);
    abort.abort();
    for (const sink of stuck) sink.take();
    for (const speech of speeches) await assert.rejects(speech, { name: 'AbortError' });
    assert.deepEqual(
      stuck.map((sink) => sink.pieces()),
      [1, 1, 1, 1],
    );
  } finally {
    await espeak.close();
  }
});

test('a text that outgrows its buffer is parked and goes on with nothing lost', async () => {
  const espeak = createEspeak({ threads: 1 });
  try {
    // Foreign letters are spelled: one part of the text, well over the 30 s that may wait.
    const text = 'شسيبلا '.repeat(10).trim();
    const request: EspeakRequest = { ...short, text, speed: 0.5 };
    let wanted = 0;
    await espeak.synthesize(request, { ...greedySink, audio: (pcm) => (wanted += pcm.byteLength) > 0 });
    const seconds = wanted / 96_000;
    assert.ok(seconds > 45, `${seconds} s`);

    const slow = gatedSink();
    const speech = espeak.synthesize(request, slow.sink);
    await slow.piece();
    // A second text gets the only thread although the first one is far from being taken.
    await espeak.synthesize(short, greedySink);
    const taking = setInterval(() => slow.take(), 1);
    await speech.finally(() => clearInterval(taking));
    assert.ok(Math.abs(slow.bytes() / 96_000 - seconds) < 0.3, 'as long as when it is taken at once');
    assert.ok(slow.lastWordOffset() >= text.length - 7, 'up to the last word');
  } finally {
    await espeak.close();
  }
});

test('a thread that dies in the middle of a text fails it, and texts that wait get a new thread', async () => {
  let jobs = 0;
  let threads = 0;
  let waiting: Promise<void> | undefined;
  /** Dies with the second part of the text in hand: before it can have spoken it, whatever the machine does. */
  class DyingThread extends EspeakThread {
    override speak(...args: Parameters<EspeakThread['speak']>): void {
      super.speak(...args);
      jobs += 1;
      if (jobs !== 2) return;
      void this.close();
      waiting = espeak.synthesize(short, greedySink);
    }
  }
  const espeak = createEspeak({
    threads: 1,
    createThread(onDeath) {
      threads += 1;
      return new DyingThread(onDeath);
    },
  });
  try {
    let bytes = 0;
    const speech = espeak.synthesize(long, {
      ...greedySink,
      audio: (pcm) => (bytes += pcm.byteLength) > 0,
    });
    await assert.rejects(speech, { code: 'THREAD_DIED' });
    assert.ok(bytes > 0, 'the first part was heard');
    assert.ok(waiting !== undefined);
    await waiting;
    await espeak.synthesize(short, greedySink);
    assert.equal(threads, 2);
  } finally {
    await espeak.close();
  }
});

test('too many texts at once are refused, not kept', async () => {
  const espeak = createEspeak({ threads: 1, maxQueuedJobs: 2 });
  try {
    const results = await Promise.allSettled(
      Array.from({ length: 4 }, () => espeak.synthesize(short, greedySink)),
    );
    assert.deepEqual(
      results.map((result) => result.status),
      ['fulfilled', 'fulfilled', 'fulfilled', 'rejected'],
    );
    const refused = results.at(-1);
    assert.ok(refused?.status === 'rejected');
    assert.equal((refused.reason as { code: string }).code, 'BUSY');
  } finally {
    await espeak.close();
  }
});

test('a closed voice speaks no more, and what it was saying fails', async () => {
  const espeak = createEspeak({ threads: 1 });
  const sink = gatedSink();
  const speech = espeak.synthesize(long, sink.sink);
  const queued = espeak.synthesize(short, greedySink);
  const failures = Promise.allSettled([speech, queued]);
  await sink.piece();
  await espeak.close();
  await espeak.close();
  const keepTaking = setInterval(() => sink.take(), 1);
  const [first] = await failures;
  clearInterval(keepTaking);
  assert.equal(first.status, 'rejected');
  await assert.rejects(espeak.synthesize(short, greedySink), { code: 'CLOSED' });
});
