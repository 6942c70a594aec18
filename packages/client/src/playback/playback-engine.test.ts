import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { PlaybackEngine } from './playback-engine.ts';
import type { FromPlayback } from './playback-messages.ts';

const RATE_HZ = 48_000;
/** Blocks of the audio clock. */
const BLOCK = 128;

function setUp(capacitySamples = RATE_HZ): {
  engine: PlaybackEngine;
  told: FromPlayback[];
  block: Float32Array;
} {
  const told: FromPlayback[] = [];
  const engine = new PlaybackEngine({
    sampleRateHz: RATE_HZ,
    capacitySamples,
    post: (message) => told.push(message),
  });
  return { engine, told, block: new Float32Array(BLOCK) };
}

function write(engine: PlaybackEngine, length: number, generation = 0, sampleOffset = 0): void {
  engine.receive({ type: 'write', samples: new Int16Array(length).fill(8192), generation, sampleOffset });
}

describe('the engine on the audio thread', () => {
  test('reports about every 200 ms while it plays, and when it has run dry', () => {
    const { engine, told, block } = setUp();
    write(engine, 24_000);
    for (let i = 0; i < 24_000 / BLOCK + 10; i += 1) engine.render(block);
    assert.deepEqual(
      told.map((message) => message.type === 'played' && message.position.samples),
      [9600, 19_200, 24_000],
    );
  });

  test('reports at once when it is held, plays nothing meanwhile, and goes on with the next sample', () => {
    const { engine, told, block } = setUp();
    write(engine, 9600);
    engine.render(block);
    engine.receive({ type: 'pause' });
    engine.receive({ type: 'pause' });
    for (let i = 0; i < 10; i += 1) engine.render(block);
    assert.deepEqual(told, [
      {
        type: 'played',
        position: { generation: 0, samples: BLOCK },
        playedSamples: BLOCK,
        waitingSamples: 9600 - BLOCK,
      },
    ]);
    assert.ok(Math.abs(block.at(-1) ?? 1) < 1e-4, 'silence');
    engine.receive({ type: 'resume' });
    for (let i = 0; i < 100; i += 1) engine.render(block);
    assert.deepEqual(told.at(-1)?.type === 'played' && told.at(-1), {
      type: 'played',
      position: { generation: 0, samples: 9600 },
      playedSamples: 9600,
      waitingSamples: 0,
    });
  });

  test('answers a clear with the place it had come to, and plays the next generation', () => {
    const { engine, told, block } = setUp();
    write(engine, 960);
    engine.render(block);
    write(engine, 960, 1, 960);
    engine.receive({ type: 'clear', generation: 0, id: 7 });
    assert.deepEqual(told, [
      {
        type: 'cleared',
        id: 7,
        position: { generation: 0, samples: BLOCK },
        playedSamples: BLOCK,
        waitingSamples: 960,
      },
    ]);
    engine.render(block);
    engine.receive({ type: 'pause' });
    assert.deepEqual(told[1]?.type === 'played' && told[1].position, { generation: 1, samples: 960 + BLOCK });
  });

  test('a clear is a report too: what it said is not said again', () => {
    const { engine, told, block } = setUp();
    write(engine, 960);
    engine.render(block);
    engine.receive({ type: 'clear', generation: 0, id: 1 });
    engine.receive({ type: 'pause' });
    assert.deepEqual(
      told.map(({ type }) => type),
      ['cleared'],
    );
  });

  test('says what did not fit', () => {
    const { engine, told } = setUp(1000);
    write(engine, 960);
    write(engine, 960, 0, 960);
    assert.deepEqual(told, [{ type: 'overflow', samples: 960 }]);
  });

  test('never jumps, wherever it is held, cleared or runs dry', () => {
    const step = fc.constantFrom('render', 'render', 'render', 'write', 'pause', 'resume', 'clear');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { engine, block } = setUp();
        let last = 0;
        let place = 0;
        for (const name of steps) {
          if (name === 'render') {
            engine.render(block);
            for (const sample of block) {
              // The signal is a constant quarter: only fades may move it.
              assert.ok(Math.abs(sample - last) < 0.03, `from ${last} to ${sample}`);
              last = sample;
            }
          } else if (name === 'write') {
            write(engine, 200, 0, place);
            place += 200;
          } else if (name === 'clear') {
            engine.receive({ type: 'clear', generation: 0, id: 1 });
          } else {
            engine.receive({ type: name });
          }
        }
      }),
    );
  });
});
