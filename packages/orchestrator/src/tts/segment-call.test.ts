import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { status } from '@grpc/grpc-js';
import { loadResampler } from '@parley/audio';
import { FakeClock } from '@parley/testkit';
import * as fc from 'fast-check';
import { StreamConnection } from './grpc/stream-connection.ts';
import { SegmentCall, type SegmentEnd } from './segment-call.ts';
import { noSpeechMetrics } from './speech-metrics.ts';
import { CollectingSink } from './testing/collecting-sink.ts';
import { audioFrame, countedSamples, ScriptedWorker, type WorkerScript } from './testing/scripted-worker.ts';
import { WorkerChannels } from './worker-channels.ts';

const resamplers = await loadResampler();

interface Speech {
  readonly call: SegmentCall;
  readonly end: Promise<SegmentEnd>;
  readonly firstAudio: number[];
}

interface Stage {
  readonly worker: ScriptedWorker;
  readonly clock: FakeClock;
  readonly held: number[];
  readonly say: (text: string, sink: CollectingSink, connection?: StreamConnection) => Speech;
}

async function stage(t: TestContext, synthesize: NonNullable<WorkerScript['synthesize']>): Promise<Stage> {
  const worker = await ScriptedWorker.start({ synthesize });
  const clock = new FakeClock();
  const channels = new WorkerChannels({ clock });
  const { streams } = channels.acquire(worker.addr);
  const held: number[] = [];
  t.after(() => {
    channels.close();
    worker.close();
  });
  return {
    worker,
    clock,
    held,
    say(text, sink, connection = streams) {
      const { promise, resolve } = Promise.withResolvers<SegmentEnd>();
      const firstAudio: number[] = [];
      const call = new SegmentCall({
        connection,
        clock,
        resamplers,
        deadlines: { firstFrameMs: 5000, frameGapMs: 3000, segmentMs: 120_000 },
        metrics: { ...noSpeechMetrics, backPressureMs: (ms) => void held.push(ms) },
        sessionId: 's1',
        text,
        sink,
        onEnd: resolve,
        onFirstAudio: (ms) => void firstAudio.push(ms),
      });
      return { call, end: promise, firstAudio };
    },
  };
}

test('audio of any message size comes out as whole frames, the last one padded with silence', async (t) => {
  const audio = countedSamples(2500);
  const { say } = await stage(t, (call) => {
    for (let at = 0; at < audio.length; at += 701) call.write(audioFrame(audio.subarray(at, at + 701)));
    call.end();
  });
  const sink = new CollectingSink();
  assert.deepEqual(await say('Hello.', sink).end, { kind: 'completed' });
  assert.deepEqual(
    sink.frames.map((frame) => frame.byteLength),
    [1920, 1920, 1920],
  );
  assert.ok(sink.bytes.subarray(0, 5000).equals(audio), 'samples were lost, repeated or changed');
  assert.ok(sink.bytes.subarray(5000).every((byte) => byte === 0));
});

test('the last message may be audio and final at once', async (t) => {
  const { say } = await stage(t, (call) => {
    call.write(audioFrame(countedSamples(960)));
    call.write(audioFrame(countedSamples(960), 48_000, true));
  });
  const sink = new CollectingSink();
  assert.deepEqual(await say('Hello.', sink).end, { kind: 'completed' });
  assert.equal(sink.frames.length, 2);
});

test('the last message may be an empty end marker, which is not played', async (t) => {
  const { say, worker, clock } = await stage(t, (call) => {
    call.write(audioFrame(countedSamples(960)));
    call.write(audioFrame(Buffer.alloc(0), 0, true));
  });
  const sink = new CollectingSink();
  assert.deepEqual(await say('Hello.', sink).end, { kind: 'completed' });
  assert.equal(sink.frames.length, 1);
  // This worker never ends the call: it is cancelled in the end, so that nothing is left open.
  clock.advance(1000);
  await worker.logged('cancelled Hello.');
  assert.equal(clock.pending, 0);
});

test('audio at another rate is resampled to 48 kHz, without a sample more or less', async (t) => {
  const { say } = await stage(t, (call) => {
    const tone = Buffer.alloc(22_050 * 2);
    for (let i = 0; i < 22_050; i += 1) {
      tone.writeInt16LE(Math.round(10_000 * Math.sin((2 * Math.PI * 440 * i) / 22_050)), i * 2);
    }
    for (let at = 0; at < tone.length; at += 4411)
      call.write(audioFrame(tone.subarray(at, at + 4411), 22_050));
    call.end();
  });
  const sink = new CollectingSink();
  assert.deepEqual(await say('Hello.', sink).end, { kind: 'completed' });
  assert.equal(sink.frames.length, 50);
  const samples = new Int16Array(Uint8Array.from(sink.bytes).buffer);
  for (let i = 480; i < 47_500; i += 97) {
    const ideal = 10_000 * Math.sin((2 * Math.PI * 440 * i) / 48_000);
    assert.ok(Math.abs((samples[i] ?? 0) - ideal) < 100, `sample ${i} is ${samples[i]}, not about ${ideal}`);
  }
});

test('the rate may change in mid-stream', async (t) => {
  const { say } = await stage(t, (call) => {
    call.write(audioFrame(countedSamples(2400), 24_000));
    call.write(audioFrame(countedSamples(4800), 48_000));
    call.write(audioFrame(countedSamples(800), 8000, true));
  });
  const sink = new CollectingSink();
  assert.deepEqual(await say('Hello.', sink).end, { kind: 'completed' });
  assert.equal(sink.frames.length, 15);
});

test('any cut of any audio into messages gives the same frames', async (t) => {
  const audio = countedSamples(9600);
  let cuts: readonly number[] = [];
  const { say } = await stage(t, (call) => {
    let at = 0;
    for (const size of cuts) {
      if (at < audio.length) call.write(audioFrame(audio.subarray(at, at + size)));
      at += size;
    }
    if (at < audio.length) call.write(audioFrame(audio.subarray(at)));
    call.end();
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9000 }), { maxLength: 8 }), async (sizes) => {
      cuts = sizes;
      const sink = new CollectingSink();
      assert.deepEqual(await say('Hello.', sink).end, { kind: 'completed' });
      assert.ok(sink.bytes.equals(audio));
    }),
    { numRuns: 30 },
  );
});

test('a full sink holds the worker back, and nothing is lost or pushed beyond the room', async (t) => {
  const audio = countedSamples(960 * 400);
  const { say, clock, held } = await stage(t, (call) => {
    for (let at = 0; at < audio.length; at += 1920) call.write(audioFrame(audio.subarray(at, at + 1920)));
    call.end();
  });
  const sink = new CollectingSink(3);
  const { call, end } = say('Hello.', sink);
  await sink.has(3);
  // Held back for longer than any deadline: that is not the worker's fault.
  clock.advance(200_000);
  while (sink.frames.length < 400) {
    const had = sink.frames.length;
    sink.room = 7;
    call.resume();
    call.resume();
    await sink.has(Math.min(400, had + 7));
  }
  assert.deepEqual(await end, { kind: 'completed' });
  assert.ok(sink.bytes.equals(audio));
  assert.deepEqual(held, [200_000]);
});

test('one huge message is played in pieces as there is room', async (t) => {
  const audio = countedSamples(960 * 1000);
  const { say } = await stage(t, (call) => {
    call.write(audioFrame(audio, 48_000, true));
    call.end();
  });
  const sink = new CollectingSink(1);
  const { call, end } = say('Hello.', sink);
  await sink.has(1);
  for (let i = 0; i < 999; i += 1) {
    sink.room = 1;
    call.resume();
    assert.equal(sink.frames.length, i + 2);
  }
  assert.deepEqual(await end, { kind: 'completed' });
  assert.ok(sink.bytes.equals(audio));
});

test('after cancel nothing is pushed, and the worker is told', async (t) => {
  const { say, worker, clock } = await stage(t, (call) => {
    for (let i = 0; i < 200; i += 1) call.write(audioFrame(countedSamples(960)));
  });
  const sink = new CollectingSink(5);
  const { call, end } = say('Hello.', sink);
  await sink.has(5);
  call.cancel();
  call.cancel();
  sink.room = 1000;
  call.resume();
  await worker.logged('cancelled Hello.');
  assert.equal(sink.frames.length, 5);
  assert.equal(clock.pending, 0);
  assert.equal(await Promise.race([end, Promise.resolve('silent')]), 'silent');
});

test('a worker that sends no audio is given up at the first-frame deadline and not before', async (t) => {
  const { say, worker, clock } = await stage(t, () => {});
  const { end } = say('Hello.', new CollectingSink());
  await worker.logged('text Hello.');
  clock.advance(4999);
  assert.equal(worker.log.includes('cancelled Hello.'), false);
  clock.advance(1);
  assert.deepEqual(reasonOf(await end), ['first_frame_timeout', false]);
  await worker.logged('cancelled Hello.');
  assert.equal(clock.pending, 0);
});

test('a worker that falls silent in the middle is given up at the gap deadline', async (t) => {
  const { say, clock } = await stage(t, (call) => {
    call.write(audioFrame(countedSamples(960)));
  });
  const sink = new CollectingSink();
  const { end, firstAudio } = say('Hello.', sink);
  await sink.has(1);
  assert.equal(firstAudio.length, 1);
  clock.advance(2999);
  assert.equal(clock.pending, 1);
  clock.advance(1);
  assert.deepEqual(reasonOf(await end), ['frame_gap_timeout', true]);
});

test('a worker that trickles for ever is given up at the deadline of the segment', async (t) => {
  let trickle: (() => void) | undefined;
  const { say, clock } = await stage(t, (call) => {
    trickle = () => void call.write(audioFrame(countedSamples(960)));
    trickle();
  });
  const sink = new CollectingSink();
  const { end } = say('Hello.', sink);
  for (let frames = 1; frames <= 60; frames += 1) {
    await sink.has(frames);
    clock.advance(2000);
    if (frames < 60) trickle?.();
  }
  assert.deepEqual(reasonOf(await end), ['segment_timeout', true]);
});

for (const { name, frame } of [
  { name: 'an empty frame that is not final', frame: audioFrame(Buffer.alloc(0)) },
  { name: 'a negative sample rate', frame: audioFrame(countedSamples(10), -1) },
  { name: 'no sample rate', frame: audioFrame(countedSamples(10), 0) },
  { name: 'a sample rate of 192,001 Hz', frame: audioFrame(countedSamples(10), 192_001) },
  { name: 'bytes that are no message', frame: Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x00]) },
]) {
  test(`${name} is a protocol error`, async (t) => {
    const { say, worker } = await stage(t, (call) => {
      call.write(audioFrame(countedSamples(960)));
      call.write(frame);
    });
    const sink = new CollectingSink();
    assert.deepEqual(reasonOf(await say('Hello.', sink).end), ['protocol', true]);
    await worker.logged('cancelled Hello.');
    assert.equal(sink.frames.length, 1);
  });
}

test('a message above 4 MiB fails the segment and does not take the memory', async (t) => {
  const { say } = await stage(t, (call) => {
    call.write(audioFrame(Buffer.alloc(4 * 1024 * 1024 + 1)));
  });
  const end = await say('Hello.', new CollectingSink()).end;
  assert.deepEqual(reasonOf(end), ['protocol', false]);
});

test('a worker that answers nothing has failed, unless there was nothing to say', async (t) => {
  const { say } = await stage(t, (call, { text }) => {
    if (text.length > 2) call.write(audioFrame(Buffer.alloc(0), 48_000, true));
    call.end();
  });
  assert.deepEqual(reasonOf(await say('Hi', new CollectingSink()).end), ['no_audio', false]);
  assert.deepEqual(reasonOf(await say('Hello', new CollectingSink()).end), ['no_audio', false]);
  assert.deepEqual(reasonOf(await say('你好', new CollectingSink()).end), ['no_audio', false]);
  assert.deepEqual(await say('😀', new CollectingSink()).end, { kind: 'completed' });
  assert.deepEqual(await say('...!', new CollectingSink()).end, { kind: 'completed' });
});

test('what came before a worker died is played, then the segment has failed', async (t) => {
  const { say, worker } = await stage(t, (call) => {
    for (let i = 0; i < 4; i += 1) call.write(audioFrame(countedSamples(960)));
  });
  const sink = new CollectingSink();
  const { end } = say('Hello.', sink);
  await sink.has(4);
  worker.close();
  const result = await end;
  assert.deepEqual(reasonOf(result), ['worker_error', true]);
});

test('the times of words reach the sink with the audio in which they end', async (t) => {
  const { say } = await stage(t, (call) => {
    const marks = [{ word: 'Hello', startMs: 0, endMs: 15, textOffset: 0 }];
    const wrong = [{ word: 'dear', startMs: 15, endMs: 40, textOffset: 0 }];
    call.write({ ...audioFrame(countedSamples(960)), marks });
    call.write({ ...audioFrame(countedSamples(960)), marks: wrong });
    call.end();
  });
  const sink = new CollectingSink();
  assert.deepEqual(await say('Hello dear.', sink).end, { kind: 'completed' });
  assert.deepEqual(sink.spoken, [{ textOffset: 0, length: 5, endMs: 15 }]);
});

test('an error after the final frame changes nothing', async (t) => {
  const { say } = await stage(t, (call) => {
    call.write(audioFrame(countedSamples(1000), 48_000, true));
    call.emit('error', { code: status.INTERNAL, details: 'late' });
  });
  const sink = new CollectingSink(1);
  const { call, end } = say('Hello.', sink);
  await sink.has(1);
  sink.room = 1;
  call.resume();
  assert.deepEqual(await end, { kind: 'completed' });
  assert.equal(sink.frames.length, 2);
});

test('where the call cannot be begun, nothing is left behind', async (t) => {
  const { say, clock } = await stage(t, (call) => void call.end());
  class Refusing extends StreamConnection {
    override open(): never {
      throw new Error('closed');
    }
  }
  const connection = new Refusing({ host: '127.0.0.1', port: 9, secure: false });
  connection.close();
  assert.throws(() => say('Hello.', new CollectingSink(), connection), /closed/);
  assert.equal(clock.pending, 0);
});

function reasonOf(end: SegmentEnd): [string, boolean] | string {
  return end.kind === 'failed' ? [end.reason, end.hadAudio] : end.kind;
}
