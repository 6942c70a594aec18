import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { FakeClock } from '@parley/testkit';
import { createPlayoutScheduler, type PlayoutScheduler } from './playout-scheduler.ts';
import { PlayoutTrack } from './playout-track.ts';

const FRAME = new Uint8Array(1920);
const LEAD_MS = 60;

describe('a playout track', () => {
  let clock: FakeClock;
  let scheduler: PlayoutScheduler;
  let track: PlayoutTrack;
  let sent: { readonly atMs: number; readonly sequence: number }[];
  let told: string[];
  let lateness: number[];
  let underruns: number;
  let heldBackMs: number;
  let output: {
    leadMs: number;
    holdsBuffer: boolean;
    unsentBytes: number;
    unsentLimitBytes: number;
    fault?: Error;
  };

  beforeEach(() => {
    clock = new FakeClock();
    scheduler = createPlayoutScheduler({ clock });
    sent = [];
    told = [];
    lateness = [];
    underruns = 0;
    heldBackMs = 0;
    output = { leadMs: LEAD_MS, holdsBuffer: false, unsentBytes: 0, unsentLimitBytes: 1000 };
    track = new PlayoutTrack({
      scheduler,
      queueFrames: 20,
      slowConsumerTimeoutMs: 5000,
      output: {
        get leadMs() {
          return output.leadMs;
        },
        get holdsBuffer() {
          return output.holdsBuffer;
        },
        latencyMs: 0,
        get unsentBytes() {
          return output.unsentBytes;
        },
        get unsentLimitBytes() {
          return output.unsentLimitBytes;
        },
        continueAfter() {},
        sendAudio: (_frame, sequence) => {
          if (output.fault !== undefined) throw output.fault;
          sent.push({ atMs: clock.nowMs(), sequence });
        },
      },
      listener: {
        onMark: (mark) => told.push(`${mark.kind} ${mark.utteranceId} @${clock.nowMs()}`),
        onRoom: () => told.push('room'),
        onSlowConsumer: () => told.push('slow'),
        onFault: (error) => told.push(`fault ${String(error)}`),
      },
      stats: {
        frameSent: (latenessMs) => lateness.push(latenessMs),
        underrun: () => {
          underruns += 1;
        },
        heldBack: (durationMs) => {
          heldBackMs += durationMs;
        },
      },
    });
  });

  function pushFrames(count: number): void {
    for (let pushed = 0; pushed < count; pushed += 1) track.push(FRAME);
  }

  /** Most milliseconds of audio that a client which plays without a pause has in hand after any frame. */
  function largestLeadMs(): number {
    let dryAtMs = 0;
    let largest = 0;
    for (const { atMs } of sent) {
      dryAtMs = Math.max(dryAtMs, atMs) + 20;
      largest = Math.max(largest, dryAtMs - atMs);
    }
    return largest;
  }

  test('sends the lead at once and the rest in real time', () => {
    pushFrames(20);
    assert.equal(sent.length, 3);
    clock.advance(340);
    assert.equal(sent.length, 20);
    assert.deepEqual(
      sent.slice(3).map(({ atMs }) => atMs),
      Array.from({ length: 17 }, (_, index) => (index + 1) * 20),
    );
  });

  test('does not drift over an hour of ticks that do not divide a frame', () => {
    scheduler.close();
    scheduler = createPlayoutScheduler({ clock, tickMs: 7 });
    const steady = new PlayoutTrack({
      scheduler,
      queueFrames: 50,
      slowConsumerTimeoutMs: 5000,
      output: {
        leadMs: LEAD_MS,
        holdsBuffer: false,
        latencyMs: 0,
        unsentBytes: 0,
        unsentLimitBytes: 1000,
        continueAfter() {},
        sendAudio: (_frame, sequence) => sent.push({ atMs: clock.nowMs(), sequence }),
      },
      listener: { onMark() {}, onRoom() {}, onSlowConsumer() {}, onFault() {} },
      stats: { frameSent() {}, underrun: () => (underruns += 1), heldBack() {} },
    });
    for (let elapsedMs = 0; elapsedMs < 3_500_000; elapsedMs += 700) {
      while (steady.room > 0) steady.push(FRAME);
      clock.advance(700);
    }
    assert.equal(sent.length, 3_500_000 / 20 + LEAD_MS / 20);
    assert.equal(underruns, 0);
  });

  test('numbers frames from 1 without a gap, across clearing', () => {
    pushFrames(10);
    track.clear(1);
    pushFrames(10);
    clock.advance(1000);
    assert.deepEqual(
      sent.map(({ sequence }) => sequence),
      sent.map((_, index) => index + 1),
    );
  });

  test('sends nothing while it is held and goes on with the next frame', () => {
    pushFrames(20);
    clock.advance(100);
    track.hold();
    const before = sent.length;
    clock.advance(5000);
    assert.equal(sent.length, before);
    track.release();
    assert.equal(sent[before]?.sequence, before + 1);
    clock.advance(1000);
    assert.equal(sent.length, 20);
    assert.equal(underruns, 0, 'a pause is not an under-run');
  });

  test('never lets the client run further ahead than the lead, whatever happens', () => {
    pushFrames(20);
    clock.advance(90);
    track.hold();
    clock.advance(3000);
    track.release();
    clock.advance(50);
    track.clear(1);
    pushFrames(20);
    clock.advance(2000);
    pushFrames(20);
    clock.advance(2000);
    assert.ok(largestLeadMs() <= LEAD_MS, `the client had ${largestLeadMs()} ms in hand`);
  });

  test('counts an under-run when a worker is late in the middle of an utterance', () => {
    pushFrames(10);
    clock.advance(1000);
    assert.equal(underruns, 0);
    pushFrames(10);
    assert.equal(underruns, 1);
    assert.ok(
      lateness.every((ms) => ms <= 4),
      'a late worker does not make our frames late',
    );
  });

  test('does not count silence between two utterances as an under-run', () => {
    pushFrames(10);
    track.mark({ kind: 'end', utteranceId: 'u1' });
    clock.advance(1000);
    pushFrames(10);
    assert.equal(underruns, 0);
  });

  test('measures how late the scheduler was', () => {
    pushFrames(4);
    scheduler.close();
    clock.advance(20);
    assert.equal(sent.length, 3);
    clock.advance(13);
    track.tick(clock.nowMs());
    assert.deepEqual(lateness, [0, 0, 0, 13]);
  });

  test('tells the beginning with the first frame and the end when the client has heard the last', () => {
    track.mark({ kind: 'begin', utteranceId: 'u1' });
    clock.advance(300);
    assert.deepEqual(told, []);
    pushFrames(10);
    track.mark({ kind: 'end', utteranceId: 'u1' });
    assert.deepEqual(told, ['begin u1 @300']);
    clock.advance(1000);
    assert.deepEqual(told, ['begin u1 @300', 'end u1 @500']);
    assert.equal(scheduler.activeTracks, 0);
    assert.equal(clock.pending, 0, 'an idle scheduler has no timer');
  });

  test('ends one utterance before it begins the next, though their audio is sent without a gap', () => {
    for (const utteranceId of ['u1', 'u2']) {
      track.mark({ kind: 'begin', utteranceId });
      pushFrames(5);
      track.mark({ kind: 'end', utteranceId });
    }
    clock.advance(1000);
    assert.deepEqual(told, ['begin u1 @0', 'end u1 @100', 'begin u2 @100', 'end u2 @200']);
    assert.equal(underruns, 0);
  });

  test('never begins an utterance that has no audio, but ends it', () => {
    track.mark({ kind: 'begin', utteranceId: 'u1' });
    track.mark({ kind: 'end', utteranceId: 'u1' });
    track.mark({ kind: 'begin', utteranceId: 'u2' });
    pushFrames(1);
    track.mark({ kind: 'end', utteranceId: 'u2' });
    clock.advance(100);
    assert.deepEqual(told, ['end u1 @0', 'begin u2 @0', 'end u2 @20']);
  });

  test('tells that an utterance waits when all of it was heard, and that it goes on with the next frame', () => {
    track.mark({ kind: 'begin', utteranceId: 'u1' });
    pushFrames(5);
    track.mark({ kind: 'wait', utteranceId: 'u1' });
    clock.advance(300);
    track.mark({ kind: 'go_on', utteranceId: 'u1' });
    clock.advance(100);
    assert.deepEqual(told, ['begin u1 @0', 'wait u1 @100']);
    pushFrames(5);
    track.mark({ kind: 'end', utteranceId: 'u1' });
    clock.advance(1000);
    assert.deepEqual(told.slice(2), ['go_on u1 @400', 'end u1 @500']);
    assert.equal(scheduler.activeTracks, 0);
  });

  for (const [what, marks, toldOf] of [
    ['begins, though it has waited without a sound', ['begin', 'wait', 'go_on'], ['begin', 'wait', 'go_on']],
    ['goes on once, though it has waited twice', ['go_on', 'wait', 'go_on'], ['wait', 'go_on']],
  ] as const) {
    test(`an utterance ${what}`, () => {
      for (const kind of marks) track.mark({ kind, utteranceId: 'u1' });
      pushFrames(1);
      clock.advance(100);
      assert.deepEqual(
        told,
        toldOf.map((kind) => `${kind} u1 @0`),
      );
    });
  }

  test('never begins an utterance that has waited and gone on, and has no audio', () => {
    for (const kind of ['begin', 'wait', 'go_on', 'wait', 'end'] as const) {
      track.mark({ kind, utteranceId: 'u1' });
    }
    clock.advance(100);
    assert.deepEqual(told, ['wait u1 @0', 'wait u1 @0', 'end u1 @0']);
  });

  test('has no room when it is full and says so when it is half empty', () => {
    pushFrames(3);
    while (track.room > 0) track.push(FRAME);
    assert.equal(track.queuedFrames, 20);
    clock.advance(180);
    assert.deepEqual(told, []);
    clock.advance(20);
    assert.deepEqual(told, ['room']);
    assert.equal(track.queuedFrames, 10);
  });

  test('says that there is room again also to who filled it without looking, and not for being looked at', () => {
    pushFrames(3 + 20);
    clock.advance(200);
    assert.deepEqual(told, ['room']);
    assert.equal(track.room, 10);
    clock.advance(1000);
    assert.deepEqual(told, ['room']);
  });

  test('holds frames back from a client that does not read, loses none, and never bursts afterwards', () => {
    pushFrames(20);
    clock.advance(40);
    const before = sent.length;
    output.unsentBytes = 1001;
    clock.advance(2000);
    assert.equal(sent.length, before);
    output.unsentBytes = 0;
    clock.advance(4);
    assert.equal(heldBackMs > 1900, true);
    clock.advance(1000);
    assert.equal(sent.length, 20);
    assert.equal(underruns, 0);
    assert.ok(largestLeadMs() <= LEAD_MS);
  });

  test('gives a client up that takes nothing for the timeout, once', () => {
    pushFrames(20);
    output.unsentBytes = 5000;
    clock.advance(4900);
    assert.deepEqual(told, []);
    clock.advance(5000);
    assert.deepEqual(told, ['slow']);
    track.close();
    assert.ok(heldBackMs >= 9800, 'the time that it was held back counts though it never ended');
  });

  test('keeps a client that reads slowly but does read', () => {
    pushFrames(20);
    output.unsentBytes = 50_000;
    for (let second = 0; second < 12; second += 1) {
      clock.advance(1000);
      output.unsentBytes -= 2000;
    }
    assert.deepEqual(told, []);
  });

  test('drops what it has when it is cleared and sends nothing of it later', () => {
    track.mark({ kind: 'begin', utteranceId: 'u1' });
    pushFrames(20);
    track.mark({ kind: 'end', utteranceId: 'u1' });
    const before = sent.length;
    track.clear(1);
    clock.advance(2000);
    assert.equal(sent.length, before);
    assert.deepEqual(told, ['begin u1 @0']);
    assert.equal(track.room, 20);
  });

  test('knows how far the client has played', () => {
    pushFrames(20);
    assert.equal(track.playedSamples, 0);
    clock.advance(105);
    assert.equal(track.playedSamples, 105 * 48);
    clock.advance(1000);
    assert.equal(track.playedSamples, 20 * 960, 'not more than was sent');
  });

  test('a client that plays on while it is held has heard its lead; one that holds its buffer has not', () => {
    for (const holdsBuffer of [false, true]) {
      output.holdsBuffer = holdsBuffer;
      pushFrames(20);
      clock.advance(100);
      const before = track.playedSamples;
      track.hold();
      clock.advance(1000);
      assert.equal(track.playedSamples - before, holdsBuffer ? 0 : 60 * 48);
      track.release();
      clock.advance(40);
      assert.equal(track.playedSamples - before, holdsBuffer ? 40 * 48 : 100 * 48);
      clock.advance(1000);
    }
  });

  test('resumes a client that held its buffer without a burst', () => {
    output.holdsBuffer = true;
    pushFrames(20);
    clock.advance(100);
    track.hold();
    const before = sent.length;
    clock.advance(1000);
    track.release();
    assert.equal(sent.length, before, 'it still has its lead');
    clock.advance(20);
    assert.equal(sent.length, before + 1);
  });

  test('fills the buffer of a client that was told to drop it', () => {
    output.holdsBuffer = true;
    pushFrames(20);
    clock.advance(100);
    track.hold();
    clock.advance(500);
    track.clear(1);
    track.release();
    const before = sent.length;
    pushFrames(20);
    assert.equal(sent.length, before + 3);
  });

  test('the end of an utterance waits while the client holds its buffer', () => {
    output.holdsBuffer = true;
    pushFrames(3);
    track.mark({ kind: 'end', utteranceId: 'u1' });
    clock.advance(20);
    track.hold();
    clock.advance(1000);
    assert.deepEqual(told, []);
    track.release();
    clock.advance(40);
    assert.deepEqual(told, ['end u1 @1060']);
  });

  test('believes what the client says it played, within what is possible', () => {
    pushFrames(20);
    clock.advance(200);
    track.reportPlayed(100 * 48, 0);
    assert.equal(track.playedSamples, 100 * 48);
    clock.advance(20);
    assert.equal(track.playedSamples, 120 * 48);
    for (const lie of [-1, 0, Number.NEGATIVE_INFINITY]) track.reportPlayed(lie, 0);
    assert.equal(track.playedSamples, 100 * 48);
    track.reportPlayed(Number.MAX_SAFE_INTEGER, 7);
    assert.equal(track.playedSamples, 100 * 48, 'that is of another generation');
    track.reportPlayed(Number.MAX_SAFE_INTEGER, 0);
    assert.equal(track.playedSamples, track.sentSamples);
  });

  test('says at which sample of the session an utterance begins', () => {
    pushFrames(5);
    track.clear(1);
    const place = track.mark({ kind: 'begin', utteranceId: 'u2' });
    assert.equal(place.atSample, undefined);
    pushFrames(1);
    assert.equal(place.atSample, 3 * 960, 'what was dropped does not count');
  });

  test('sends again what a client that comes back did not get, frame by frame, with its generation', () => {
    const got: string[] = [];
    const link = {
      leadMs: LEAD_MS,
      holdsBuffer: true,
      latencyMs: 0,
      unsentBytes: 0,
      unsentLimitBytes: 1000,
      sendAudio: (frame: Uint8Array, sequence: number, generation: number) =>
        got.push(`${sequence} g${generation} ${frame[0]}`),
      continueAfter: (frame: Uint8Array, sequence: number, generation: number) =>
        got.push(`after ${sequence} g${generation} ${frame[0]}`),
    };
    const listener = { onMark() {}, onRoom() {}, onSlowConsumer() {}, onFault() {} };
    const stats = { frameSent() {}, underrun: () => (underruns += 1), heldBack() {} };
    const kept = new PlayoutTrack({
      scheduler,
      listener,
      stats,
      output: link,
      queueFrames: 20,
      slowConsumerTimeoutMs: 5000,
      keptFrames: 8,
    });
    for (let index = 1; index <= 4; index += 1) kept.push(Uint8Array.of(index));
    clock.advance(40);
    kept.clear(1);
    for (let index = 5; index <= 8; index += 1) kept.push(Uint8Array.of(index));
    clock.advance(40);
    assert.equal(got.length, 8);
    kept.detach();
    kept.push(Uint8Array.of(9));
    clock.advance(5000);
    assert.equal(got.length, 8, 'nobody is there');
    got.length = 0;
    assert.equal(kept.canRewindTo(3 * 960), true);
    kept.attach(link, 3 * 960);
    clock.advance(1000);
    assert.deepEqual(got, ['after 3 g0 3', '4 g0 4', '5 g1 5', '6 g1 6', '7 g1 7', '8 g1 8', '9 g1 9']);
    assert.equal(underruns, 0);
    assert.equal(kept.canRewindTo(10 * 960), false, 'that was never sent');
    for (let index = 10; index <= 20; index += 1) kept.push(Uint8Array.of(index));
    clock.advance(1000);
    assert.equal(kept.canRewindTo(11 * 960), false, 'that is no longer kept');
    assert.equal(kept.canRewindTo(12 * 960), true);
    assert.equal(kept.canRewindTo(12 * 960 + 1), false, 'that is no frame');
  });

  test('a failing output ends its own track and leaves the scheduler running', () => {
    output.fault = new Error('broken pipe');
    pushFrames(1);
    assert.deepEqual(told, ['fault Error: broken pipe']);
    clock.advance(100);
    assert.equal(scheduler.activeTracks, 0);
  });

  test('takes nothing after it was closed', () => {
    track.close();
    pushFrames(3);
    track.mark({ kind: 'end', utteranceId: 'u1' });
    clock.advance(100);
    assert.deepEqual([sent, told], [[], []]);
  });
});
