import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClientClock, type FakeClientClock } from '../testing/fake-client-clock.ts';
import { createTextStream, type TextStream } from './text-stream.ts';

interface Way {
  readonly clock: FakeClientClock;
  readonly stream: TextStream;
  readonly sent: string[];
  isFull: boolean;
}

function open(): Way {
  const clock = createFakeClientClock();
  const sent: string[] = [];
  const way = { clock, sent, isFull: false };
  const stream = createTextStream({
    utteranceId: 'u',
    clock,
    signal: new AbortController().signal,
    room: () => Promise.resolve(),
    send(text, isFinal) {
      if (way.isFull) throw new Error('full');
      sent.push(isFinal ? `${text}.` : text);
    },
  });
  return Object.assign(way, { stream });
}

test('a text that was refused is written again and sent once', async () => {
  const way = open();
  way.isFull = true;
  await assert.rejects(way.stream.write('Hello '), /full/);
  way.isFull = false;
  await way.stream.write('Hello ');
  way.stream.end('world');
  assert.deepEqual(way.sent, ['Hello ', 'world.']);
});

test('a refusal keeps what was gathered before the refused text', async () => {
  const way = open();
  await way.stream.write('one ');
  await way.stream.write('two ');
  way.isFull = true;
  const long = `${'x'.repeat(1000)} `;
  await assert.rejects(way.stream.write(long), /full/);
  way.isFull = false;
  await way.stream.write(long);
  way.stream.end();
  assert.equal(way.sent.join(''), `one two ${long}\n.`);
});

test('a refusal that nobody waited for is told to the next write, which is not taken', async () => {
  const way = open();
  await way.stream.write('one ');
  await way.stream.write('two ');
  way.isFull = true;
  way.clock.advance(20);
  await assert.rejects(way.stream.write('three '), /full/);
  way.isFull = false;
  await way.stream.write('three ');
  way.stream.end();
  assert.equal(way.sent.join(''), 'one two three \n.');
  assert.equal(way.clock.pending, 0);
});

test('a stream that could not be ended can be ended again', async () => {
  const way = open();
  await way.stream.write('one ');
  way.isFull = true;
  assert.throws(() => way.stream.end('two'), /full/);
  way.isFull = false;
  way.stream.end('two');
  assert.deepEqual(way.sent, ['one ', 'two.']);
});
