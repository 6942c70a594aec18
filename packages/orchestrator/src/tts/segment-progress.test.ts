import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { WordTiming } from '../playout/heard-ledger.ts';
import { SegmentProgress } from './segment-progress.ts';
import { CollectingSink } from './testing/collecting-sink.ts';

const text = 'one two three four five six seven eight';
const FRAME = new Uint8Array(1920);

/** The times of all words of `spoken` at so many ms each. */
function marksOf(spoken: string, wordMs: number): WordTiming[] {
  return Array.from(spoken.matchAll(/\p{L}+/gu), ({ 0: word, index }, count) => ({
    textOffset: index,
    length: word.length,
    endMs: (count + 1) * wordMs,
  }));
}

/**
 * A worker with a model of its own says `frames` frames of what is left to say, and tells the times of all words ahead;
 * gives what it was asked to say.
 */
function speak(progress: SegmentProgress, wordMs: number, frames: number): string | undefined {
  const next = progress.continuation(false);
  if (next.kind === 'covered') return undefined;
  progress.begin(next);
  const asked = text.slice(next.fromOffset);
  progress.words(marksOf(asked, wordMs));
  for (let pushed = 0; pushed < frames; pushed += 1) progress.push(FRAME);
  return asked;
}

test('words that a worker announced and never said are said by the next ones', () => {
  const progress = new SegmentProgress(text, new CollectingSink());
  assert.equal(speak(progress, 300, 30), text);
  assert.equal(speak(progress, 1000, 60), 'three four five six seven eight');
  assert.equal(speak(progress, 300, 15), 'four five six seven eight');
  assert.equal(speak(progress, 300, 15), 'five six seven eight');
});

test('what the sink knows of words is what was said, each before its last frame', () => {
  const sink = new CollectingSink();
  const progress = new SegmentProgress(text, sink);
  const told: number[] = [];
  sink.words = (words) => {
    for (const { endMs } of words) assert.ok(endMs > sink.frames.length * 20 - 20, 'told too early');
    told.push(...words.map(({ endMs }) => endMs));
  };
  speak(progress, 300, 35);
  assert.deepEqual(told, [300, 600]);
  speak(progress, 1000, 100);
  assert.deepEqual(told, [300, 600, 1700, 2700]);
});

test('however many workers fail and wherever, every word is said whole', () => {
  const life = fc.record({ wordMs: fc.integer({ min: 60, max: 1000 }), frames: fc.nat(60) });
  fc.assert(
    fc.property(fc.array(life, { minLength: 1, maxLength: 6 }), (lives) => {
      const progress = new SegmentProgress(text, new CollectingSink());
      const said = new Set<string>();
      for (const { wordMs, frames } of lives) {
        const asked = speak(progress, wordMs, frames);
        if (asked === undefined) break;
        const before = text.slice(0, text.length - asked.length);
        for (const [word] of before.matchAll(/\p{L}+/gu)) assert.ok(said.has(word), `${word} was left out`);
        for (const { textOffset, length, endMs } of marksOf(asked, wordMs)) {
          if (endMs <= frames * 20) said.add(asked.slice(textOffset, textOffset + length));
        }
      }
    }),
  );
});
