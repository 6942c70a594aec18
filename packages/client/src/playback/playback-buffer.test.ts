import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { PlaybackBuffer } from './playback-buffer.ts';

interface Waiting {
  readonly value: number;
  readonly generation: number;
  readonly place: number;
}

type Action =
  | { readonly do: 'write'; readonly length: number; readonly skip: number; readonly raise: boolean }
  | { readonly do: 'read'; readonly length: number; readonly float: boolean }
  | { readonly do: 'clear'; readonly behind: number }
  | { readonly do: 'pause' }
  | { readonly do: 'resume' };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      length: fc.nat({ max: 12 }),
      skip: fc.constantFrom(0, 0, 0, 5),
      raise: fc.constantFrom(false, false, true),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      length: fc.integer({ min: 1, max: 12 }),
      float: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), behind: fc.nat({ max: 1 }) }) },
  { weight: 1, arbitrary: fc.constantFrom({ do: 'pause' as const }, { do: 'resume' as const }) },
);

const CAPACITY = 32;

/** What the buffer must do, by a list of samples that each know where they belong. */
class Model {
  readonly buffer = new PlaybackBuffer({ capacitySamples: CAPACITY });
  waiting: Waiting[] = [];
  generation = 0;
  place = 0;
  played = 0;
  position = { generation: 0, samples: 0 };
  paused = false;

  act(step: Action): void {
    if (step.do === 'write') this.#write(step);
    else if (step.do === 'read') this.#read(step);
    else if (step.do === 'clear') this.#clear(this.generation - step.behind);
    else {
      this.paused = step.do === 'pause';
      this.buffer[step.do]();
    }
    assert.equal(this.buffer.waitingSamples, this.waiting.length);
    assert.equal(this.buffer.playedSamples, this.played);
    assert.deepEqual(this.buffer.position, this.position);
    assert.equal(this.buffer.isPaused, this.paused);
  }

  #write({ length, skip, raise }: Action & { do: 'write' }): void {
    if (raise) this.generation += 1;
    this.place += skip;
    const samples = Int16Array.from({ length }, (_, i) => (this.place + i) % 32_768);
    const fits = this.waiting.length + length <= CAPACITY;
    assert.equal(this.buffer.write(samples, this.generation, this.place), fits);
    if (!fits) return;
    for (const value of samples) {
      this.waiting.push({ value, generation: this.generation, place: this.place });
      this.place += 1;
    }
  }

  #read({ length, float }: Action & { do: 'read' }): void {
    const target = float ? new Float32Array(length).fill(9) : new Int16Array(length).fill(9);
    const expected = this.paused ? [] : this.waiting.splice(0, length);
    assert.equal(this.buffer.read(target), expected.length);
    const values = expected.map(({ value }) => (float ? value / 32_768 : value));
    assert.deepEqual([...target], [...values, ...Array.from({ length: length - values.length }, () => 9)]);
    this.played += expected.length;
    const last = expected.at(-1);
    if (last !== undefined) this.position = { generation: last.generation, samples: last.place + 1 };
  }

  #clear(generation: number): void {
    const kept = this.waiting.filter((sample) => sample.generation > generation);
    assert.equal(this.buffer.clear(generation), this.waiting.length - kept.length);
    this.waiting = kept;
  }
}

describe('the playback buffer', () => {
  test('plays each sample once, in order, and knows where it belongs, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), (steps) => {
        const model = new Model();
        for (const step of steps) model.act(step);
      }),
    );
  });

  test('starts when enough waits, or after the time that would have taken', () => {
    const buffer = new PlaybackBuffer({ capacitySamples: 100, prebufferSamples: 30 });
    const block = new Int16Array(10);
    buffer.write(new Int16Array(20), 0, 0);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => buffer.read(block)),
      [0, 0, 10, 10],
    );
    assert.equal(buffer.read(block), 0, 'dry');
    buffer.write(new Int16Array(20), 0, 20);
    assert.equal(buffer.read(block), 0);
    buffer.write(new Int16Array(10), 0, 40);
    assert.equal(buffer.read(block), 10, 'there is enough');
    buffer.clear(0);
    buffer.write(new Int16Array(20), 1, 50);
    assert.equal(buffer.read(block), 0, 'a clear is a new beginning');
  });

  test('keeps what was written though the caller writes on in its memory', () => {
    const buffer = new PlaybackBuffer({ capacitySamples: 4 });
    const samples = Int16Array.from([1, 2]);
    buffer.write(samples, 0, 0);
    samples.fill(9);
    const target = new Int16Array(2);
    buffer.read(target);
    assert.deepEqual([...target], [1, 2]);
  });
});
