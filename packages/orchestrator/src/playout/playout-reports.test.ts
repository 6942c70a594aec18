import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { FRAME_SAMPLES, openTrackStage, type TrackStage } from './testing/track-stage.ts';

const SAMPLES_PER_MS = 48;
const LEAD_MS = 200;
/** How far a client may be behind the lead by its own word. */
const SLACK_MS = 1000;

/** One utterance of so many frames, all in the track. */
function say(stage: TrackStage, frames: number, utteranceId = 'u1'): void {
  stage.track.mark({ kind: 'begin', utteranceId });
  stage.push(frames);
  stage.track.mark({ kind: 'end', utteranceId });
}

/** The client says every 200 ms that it has played all it could, `delayMs` after it was sent. */
function playAlong({ clock, track, got }: TrackStage, durationMs: number, delayMs: number): void {
  for (let passedMs = 0; passedMs < durationMs; passedMs += 200) {
    clock.advance(200);
    const dueMs = clock.nowMs() - (got[0]?.atMs ?? 0) - delayMs;
    track.reportPlayed(Math.max(0, Math.min(dueMs * SAMPLES_PER_MS, track.sentSamples)), 0);
  }
}

describe('a client that is away', () => {
  test('is not taken to begin an utterance of which nothing could be sent', () => {
    const { clock, track, output, told, push } = openTrackStage();
    track.detach();
    track.mark({ kind: 'begin', utteranceId: 'u1' });
    push(50);
    clock.advance(1000);
    assert.deepEqual(told, []);
    track.attach(output, 0);
    assert.deepEqual(told, ['begin u1 @1000']);
  });

  test('is not taken to end an utterance, which ends when it has come back and played the rest', () => {
    const stage = openTrackStage();
    const { clock, track, output, told } = stage;
    say(stage, 50);
    clock.advance(850);
    track.reportPlayed(10 * FRAME_SAMPLES, 0);
    track.detach();
    clock.advance(60_000);
    assert.deepEqual(told, ['begin u1 @0']);
    assert.equal(
      track.playedSamples,
      10 * FRAME_SAMPLES,
      'it has heard what it said it had, and no more is known',
    );
    track.attach(output, 10 * FRAME_SAMPLES);
    const backMs = clock.nowMs();
    clock.advance(5000);
    assert.deepEqual(told.slice(1), [`end u1 @${backMs + 40 * 20}`]);
  });

  test('is taken to have stood still also where it reports nothing', () => {
    const { clock, track, push } = openTrackStage();
    push(50);
    clock.advance(100);
    track.detach();
    clock.advance(5000);
    assert.equal(track.playedSamples, 100 * SAMPLES_PER_MS);
  });

  test('gets what was cleared meanwhile at once, so that what follows is not late and nothing is missing', () => {
    const { clock, track, output, got, push } = openTrackStage();
    push(100);
    clock.advance(1900);
    const { length: before } = got;
    track.clear(1);
    track.detach();
    push(10);
    track.attach(output, (before - 90) * FRAME_SAMPLES);
    const backMs = clock.nowMs();
    clock.advance(5000);
    const again = got.slice(before);
    assert.deepEqual(
      again.map(({ sequence }) => sequence),
      Array.from({ length: 100 }, (_, index) => before - 90 + index + 1),
    );
    const live = again.filter(({ generation }) => generation === 1);
    assert.equal(live.length, 10);
    assert.deepEqual(
      live.map(({ atMs }) => atMs - backMs),
      Array.from({ length: 10 }, () => 0),
      'it has its lead at once',
    );
  });

  test('need not report where it is when it comes back to be sent the rest', () => {
    const stage = openTrackStage();
    const { clock, track, output, told, got } = stage;
    say(stage, 150);
    clock.advance(1500);
    track.reportPlayed(10 * FRAME_SAMPLES, 0);
    track.detach();
    clock.advance(5000);
    track.attach(output, got.length * FRAME_SAMPLES);
    clock.advance(5000);
    assert.equal(got.length, 150);
    assert.equal(told.length, 2, 'it ends, though the last word was that of long ago');
  });
});

describe('a client that says nothing', () => {
  test('has heard what was sent long enough ago to have arrived and to be played', () => {
    const stage = openTrackStage();
    const { clock, track, output, told } = stage;
    output.latencyMs = 90;
    say(stage, 25);
    assert.equal(track.playedSamples, 0);
    clock.advance(250);
    assert.equal(track.playedSamples, (250 - 90) * SAMPLES_PER_MS);
    track.hold();
    clock.advance(1000);
    assert.equal(track.playedSamples, (250 - 90) * SAMPLES_PER_MS);
    track.release();
    clock.advance(250);
    assert.equal(track.playedSamples, (500 - 90) * SAMPLES_PER_MS);
    assert.deepEqual(told, ['begin u1 @0']);
    clock.advance(92);
    assert.equal(track.playedSamples, 500 * SAMPLES_PER_MS);
    assert.equal(told.length, 2);
  });

  test('has heard nothing of what it was cleared before it could', () => {
    const { clock, track, output, push } = openTrackStage();
    output.latencyMs = 90;
    push(20);
    clock.advance(50);
    assert.equal(track.playedSamples, 0);
    track.clear(1);
    assert.equal(track.playedSamples, track.sentSamples, 'all that was sent is played or dropped');
    push(20);
    clock.advance(50);
    assert.equal(track.playedSamples, 12 * FRAME_SAMPLES);
  });
});

describe('a client that says what it has played', () => {
  test('is never sent more than the lead and the slack ahead of that, and given up when it makes no progress', () => {
    const { clock, track, got, told, fill } = openTrackStage();
    for (let count = 0; count < 60; count += 1) {
      fill(200);
      track.reportPlayed(100 * SAMPLES_PER_MS, 0);
      const aheadMs = track.sentSamples / SAMPLES_PER_MS - 100;
      assert.ok(aheadMs <= LEAD_MS + SLACK_MS, `${aheadMs} ms ahead`);
    }
    assert.ok(got.length * 20 >= 100 + LEAD_MS + SLACK_MS - 20, 'and not much less');
    const [slow, ...others] = told;
    assert.match(slow ?? '', /^slow/);
    assert.deepEqual(others, []);
    assert.ok(clock.nowMs() > 5000);
  });

  test('and falls silent is given up as well: nobody is left with a session that is mute for ever', () => {
    const { clock, track, told, fill } = openTrackStage();
    fill(200);
    track.reportPlayed(100 * SAMPLES_PER_MS, 0);
    fill(7000);
    assert.equal(told.length, 1, 'once it holds all it may');
    assert.match(told[0] ?? '', /^slow/);
    assert.ok(clock.nowMs() >= 5000);
  });

  test('and falls silent before the end of an utterance is given up, and has not heard it', () => {
    const stage = openTrackStage();
    const { clock, track, told } = stage;
    say(stage, 50);
    clock.advance(300);
    track.reportPlayed(200 * SAMPLES_PER_MS, 0);
    clock.advance(5500);
    assert.deepEqual(told, ['begin u1 @0']);
    clock.advance(1000);
    assert.equal(told.length, 2);
    assert.match(told[1] ?? '', /^slow/);
    assert.ok(track.playedSamples <= (200 + 500) * SAMPLES_PER_MS);
  });

  test('that plays later than we think ends an utterance when it has heard it', () => {
    const stage = openTrackStage();
    const { told } = stage;
    say(stage, 50);
    playAlong(stage, 1200, 400);
    assert.deepEqual(told, ['begin u1 @0'], 'by the clock alone it would be over');
    playAlong(stage, 400, 400);
    assert.deepEqual(told, ['begin u1 @0', 'end u1 @1400']);
  });

  test('need not say it at the very end', () => {
    const stage = openTrackStage();
    say(stage, 50);
    stage.clock.advance(900);
    stage.track.reportPlayed(800 * SAMPLES_PER_MS, 0);
    stage.clock.advance(1000);
    assert.deepEqual(stage.told, ['begin u1 @0', 'end u1 @1100']);
  });

  test('is sent on in real time, without an under-run, when it comes to itself again', () => {
    const { clock, track, got, told, fill } = openTrackStage();
    fill(400);
    track.reportPlayed(200 * SAMPLES_PER_MS, 0);
    fill(3000);
    const { length: before } = got;
    for (let playedMs = 400; playedMs <= 4000; playedMs += 200) {
      fill(200);
      track.reportPlayed(playedMs * SAMPLES_PER_MS, 0);
    }
    const sentMs = (got.length - before) * 20;
    assert.ok(Math.abs(sentMs - 3800) <= 200, `${sentMs} ms in ${clock.nowMs()}`);
    assert.deepEqual(told, []);
  });

  test('that holds what it has is not given up', () => {
    const { clock, track, told, fill } = openTrackStage();
    fill(400);
    track.reportPlayed(200 * SAMPLES_PER_MS, 0);
    track.hold();
    clock.advance(60_000);
    track.reportPlayed(200 * SAMPLES_PER_MS, 0);
    clock.advance(60_000);
    track.release();
    assert.deepEqual(told, []);
  });

  test('and plays as it should is sent the same as one that says nothing', () => {
    const [quiet, telling] = [openTrackStage(), openTrackStage()];
    for (const stage of [quiet, telling]) say(stage, 150);
    quiet.clock.advance(4000);
    playAlong(telling, 4000, 150);
    assert.deepEqual(telling.got, quiet.got);
    assert.deepEqual(telling.told.length, 2);
  });

  test('is never sent too far ahead, whatever it says and whatever happens', () => {
    const event = fc.oneof(
      fc.record({ do: fc.constant('report' as const), ms: fc.nat(6000) }),
      fc.record({
        do: fc.constantFrom('hold' as const, 'release' as const, 'clear' as const),
        ms: fc.constant(0),
      }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.nat(1500) }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const { track, fill } = openTrackStage();
        let generation = 0;
        let boundSamples = Number.POSITIVE_INFINITY;
        for (const next of events) {
          if (next.do === 'hold') track.hold();
          else if (next.do === 'release') track.release();
          else if (next.do === 'clear') {
            generation += 1;
            boundSamples = Number.POSITIVE_INFINITY;
            track.clear(generation);
          } else if (next.do === 'wait') fill(next.ms);
          else {
            track.reportPlayed(next.ms * SAMPLES_PER_MS, generation);
            const aheadMs = LEAD_MS + SLACK_MS;
            // What was sent before it first spoke in this generation was sent by the clock.
            boundSamples = Math.max(track.sentSamples, track.playedSamples + aheadMs * SAMPLES_PER_MS);
          }
          assert.ok(track.playedSamples <= track.sentSamples);
          assert.ok(track.sentSamples <= boundSamples);
        }
      }),
      { numRuns: 100 },
    );
  });
});
