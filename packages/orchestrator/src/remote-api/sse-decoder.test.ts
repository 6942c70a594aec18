import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { sseData } from './sse-decoder.ts';

async function* pieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted(
    (one, two) => one - two,
  );
  for (let index = 1; index < at.length; index += 1) yield bytes.subarray(at[index - 1], at[index]);
}

async function decode(text: string, cuts: readonly number[] = []): Promise<readonly string[]> {
  return Array.fromAsync(sseData(pieces(new TextEncoder().encode(text), cuts)));
}

test('the data of each event is given, and nothing else', async () => {
  const text =
    ': hello\nevent: x\nid: 1\ndata: one\n\ndata:two\ndata:  three\n\n\nretry: 5\n\ndata: [DONE]\n\n';
  assert.deepEqual(await decode(text), ['one', 'two\n three', '[DONE]']);
});

test('an event that was not ended is not given', async () => {
  assert.deepEqual(await decode('data: one\n\ndata: tw'), ['one']);
  assert.deepEqual(await decode('data: one\n\ndata: two\n'), ['one']);
});

test('wherever it is cut, and however lines end, the same comes out', async () => {
  const event = fc.array(
    fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n\uFEFF]/g, '')),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { maxLength: 5 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.nat(), { maxLength: 10 }),
      async (events, end, cuts) => {
        const text = events
          .map((lines) => `${lines.map((line) => `data: ${line}${end}`).join('')}${end}`)
          .join('');
        // A lone carriage return at the very end could be half of a line break: another line tells.
        assert.deepEqual(
          await decode(`${text}: end${end}`, cuts),
          events.map((lines) => lines.join('\n')),
        );
      },
    ),
  );
});

test('a line without end is refused', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield new Uint8Array(100_000).fill(97);
  }
  await assert.rejects(Array.fromAsync(sseData(endless())), RangeError);
});
