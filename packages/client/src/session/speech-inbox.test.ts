import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AudioFrame } from '@parley/protocol';
import * as fc from 'fast-check';
import { SpeechInbox } from './speech-inbox.ts';

function frame(sampleOffset: number, length: number, generation = 0): AudioFrame {
  const samples = Int16Array.from({ length }, (_, i) => sampleOffset + i);
  const payload = new Uint8Array(samples.buffer);
  return { encoding: 'pcm_s16le', flags: 0, generation, sequence: 1, sampleOffset, payload };
}

function open(): SpeechInbox {
  const inbox = new SpeechInbox();
  inbox.setSampleRate(48_000);
  return inbox;
}

describe('the inbox of speech', () => {
  test('hands on each sample once and in order, however often parts are sent again', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ length: fc.integer({ min: 1, max: 20 }), back: fc.nat({ max: 40 }) })),
        (sends) => {
          const inbox = open();
          const heard: number[] = [];
          let end = 0;
          for (const { length, back } of sends) {
            const start = Math.max(0, end - back);
            const accepted = inbox.accept(frame(start, length));
            if (accepted !== undefined) heard.push(...accepted.samples);
            end = Math.max(end, start + length);
            assert.equal(inbox.nextSample, end);
          }
          assert.deepEqual(
            heard,
            Array.from({ length: end }, (_, i) => i),
          );
          assert.equal(inbox.counters.missingSamples, 0);
        },
      ),
    );
  });

  test('counts what never came, and goes on', () => {
    const inbox = open();
    inbox.accept(frame(0, 10));
    assert.equal(inbox.accept(frame(30, 10))?.sampleOffset, 30);
    assert.equal(inbox.counters.missingSamples, 20);
  });

  test('drops what is older than what was begun or cleared, and still knows where it is', () => {
    const inbox = open();
    inbox.accept(frame(0, 10, 1));
    assert.equal(inbox.accept(frame(10, 10, 0)), undefined);
    inbox.clear(2);
    assert.equal(inbox.accept(frame(20, 10, 2)), undefined);
    assert.equal(inbox.nextSample, 30);
    assert.equal(inbox.accept(frame(30, 10, 3))?.generation, 3);
    inbox.clear(1);
    assert.equal(inbox.accept(frame(40, 10, 2)), undefined, 'a clear never opens the way again');
    assert.deepEqual(inbox.counters, { accepted: 2, repeated: 0, stale: 3, missingSamples: 0 });
  });

  test('keeps its place when the rate changes', () => {
    const inbox = open();
    inbox.accept(frame(0, 960));
    inbox.setSampleRate(16_000);
    assert.equal(inbox.nextSample, 960);
    assert.equal(inbox.accept(frame(960, 320))?.sampleRateHz, 16_000);
    assert.equal(inbox.nextSample, 1280);
    assert.equal(inbox.counters.missingSamples, 0);
  });

  test('needs a decoder for Opus, and uses it', () => {
    const packet: AudioFrame = { ...frame(0, 0), encoding: 'opus', payload: new Uint8Array([0b11111_0_00]) };
    assert.throws(() => open().accept(packet), /decodeOpus/);
    const inbox = new SpeechInbox({ decodeOpus: () => new Int16Array(960).fill(5) });
    inbox.setSampleRate(48_000);
    assert.equal(inbox.accept(packet)?.samples.length, 960);
    assert.equal(inbox.nextSample, 960);
  });
});
