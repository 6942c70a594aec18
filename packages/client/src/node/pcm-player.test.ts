import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { AudioSink, PlaybackPosition } from '../audio-sink.ts';
import { createFakeClientClock, type FakeClientClock } from '../testing/fake-client-clock.ts';
import { createPcmPlayer } from './pcm-player.ts';

interface Stage {
  readonly player: AudioSink;
  readonly clock: FakeClientClock;
  /** Every sample that was handed out. */
  readonly heard: number[];
  readonly reports: PlaybackPosition[];
  closed: number;
}

const RATE_HZ = 16_000;

function setUp(prebufferMs = 0): Stage {
  const clock = createFakeClientClock();
  const stage = { clock, heard: [] as number[], reports: [] as PlaybackPosition[], closed: 0 };
  const player = createPcmPlayer({
    sampleRateHz: RATE_HZ,
    capacityMs: 1000,
    prebufferMs,
    clock,
    output: {
      write: (samples) => void stage.heard.push(...samples),
      close: () => {
        stage.closed += 1;
        return Promise.resolve();
      },
    },
  });
  player.onPlayed((position) => stage.reports.push(position));
  return Object.assign(stage, { player });
}

function write({ player }: Pick<Stage, 'player'>, from: number, length: number, generation = 0): void {
  const samples = Int16Array.from({ length }, (_, i) => from + i);
  player.write({ samples, sampleRateHz: RATE_HZ, generation, sampleOffset: from });
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

describe('the player of Node', () => {
  test('hands out samples when their time has come, and reports them then', () => {
    const stage = setUp();
    write(stage, 0, 8000);
    assert.equal(stage.heard.length, 0);
    stage.clock.advance(205);
    assert.deepEqual(stage.heard, range(0, 3200));
    assert.deepEqual(stage.reports, [{ generation: 0, samples: 3200 }]);
    stage.clock.advance(1000);
    assert.deepEqual(stage.heard, range(0, 8000));
    assert.deepEqual(stage.reports.at(-1), { generation: 0, samples: 8000 });
    assert.equal(stage.clock.pending, 0, 'a player that has nothing to do holds no timer');
  });

  test('holds to the very sample, and goes on with the next one', async () => {
    const stage = setUp();
    write(stage, 0, 8000);
    stage.clock.advance(50.5);
    stage.player.pause();
    assert.equal(stage.heard.length, 808);
    assert.deepEqual(stage.reports, [{ generation: 0, samples: 808 }]);
    stage.clock.advance(5000);
    assert.equal(stage.heard.length, 808);
    stage.player.resume();
    stage.clock.advance(5000);
    assert.deepEqual(stage.heard, range(0, 8000));
  });

  test('says exactly what was heard when it is cleared, and plays only what comes then', async () => {
    const stage = setUp();
    write(stage, 0, 8000);
    stage.clock.advance(33);
    assert.deepEqual(await stage.player.clear(0), { generation: 0, samples: 528 });
    write(stage, 8000, 160, 1);
    stage.clock.advance(1000);
    assert.deepEqual(stage.heard, [...range(0, 528), ...range(8000, 8160)]);
    assert.equal(stage.player.playedSamples, 528 + 160);
  });

  test('a gap in what arrives moves what follows, and is not caught up', () => {
    const stage = setUp();
    write(stage, 0, 160);
    stage.clock.advance(500);
    write(stage, 160, 1600);
    stage.clock.advance(40);
    assert.equal(stage.heard.length, 160 + 640);
  });

  test('waits for a few frames before it starts, but not for long', () => {
    const stage = setUp(60);
    write(stage, 0, 320);
    stage.clock.advance(50);
    assert.equal(stage.heard.length, 0);
    write(stage, 320, 640);
    stage.clock.advance(40);
    assert.deepEqual(
      stage.heard,
      range(0, 480),
      'it started with the third frame, 30 ms before the last tick',
    );
    stage.clock.advance(1000);
    write(stage, 960, 160);
    stage.clock.advance(60);
    assert.equal(stage.heard.length, 960);
    stage.clock.advance(20);
    assert.equal(stage.heard.length, 1120, 'what is shorter than that is heard all the same');
  });

  test('whatever happens, it never plays faster than time, nor a sample twice', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('write' as const), length: fc.integer({ min: 1, max: 400 }) }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 90 }) }),
      fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const stage = setUp();
        let place = 0;
        for (const event of steps) {
          if (event.do === 'wait') stage.clock.advance(event.ms);
          else if (event.do === 'write') {
            if (place - stage.heard.length + event.length > RATE_HZ) continue;
            write(stage, place, event.length);
            place += event.length;
          } else stage.player[event.do]();
          assert.ok(stage.heard.length <= (stage.clock.nowMs() * RATE_HZ) / 1000);
        }
        stage.player.resume();
        stage.clock.advance(3000);
        assert.deepEqual(stage.heard, range(0, place));
      }),
    );
  });

  test('refuses speech of another rate and what does not fit, and is silent once it is closed', async () => {
    const stage = setUp();
    const samples = new Int16Array(16_001);
    const frame = { samples, generation: 0, sampleOffset: 0 };
    assert.throws(
      () => stage.player.write({ ...frame, sampleRateHz: 8000 }),
      /16000 Hz, but speech came at 8000/,
    );
    assert.throws(() => stage.player.write({ ...frame, sampleRateHz: RATE_HZ }), /no room/);
    write(stage, 0, 160);
    await stage.player.close();
    write(stage, 160, 160);
    stage.clock.advance(1000);
    assert.equal(stage.heard.length, 0);
    assert.equal(stage.closed, 1);
  });
});
