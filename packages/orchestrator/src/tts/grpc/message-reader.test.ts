import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { MessageReader, prefixedMessage } from './message-reader.ts';

const MAX_BYTES = 100;

function readAll(reader: MessageReader, chunk: Buffer): string[] {
  const texts: string[] = [];
  reader.push(chunk);
  for (let message = reader.next(); message !== undefined; message = reader.next()) {
    texts.push(message.toString('latin1'));
  }
  return texts;
}

test('messages are the same however the data is cut', () => {
  const texts = fc.array(fc.string({ unit: 'binary-ascii', maxLength: MAX_BYTES }), { maxLength: 5 });
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
  fc.assert(
    fc.property(texts, cuts, (sent, sizes) => {
      const data = Buffer.concat(sent.map((text) => prefixedMessage(Buffer.from(text, 'latin1'))));
      const reader = new MessageReader(MAX_BYTES);
      const received: string[] = [];
      for (let at = 0, turn = 0; at < data.byteLength; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        received.push(...readAll(reader, data.subarray(at, at + size)));
        at += size;
      }
      assert.deepEqual(received, sent);
      assert.equal(reader.isInMessage, false);
      assert.equal(reader.hasUnread, false);
    }),
  );
});

test('a message that waits does not keep the chunk it came in', () => {
  const reader = new MessageReader(MAX_BYTES);
  const chunk = Buffer.from(new ArrayBuffer(64));
  prefixedMessage(Buffer.from('audio')).copy(chunk);
  reader.push(chunk.subarray(0, 10));
  const message = reader.next();
  assert.equal(message?.toString(), 'audio');
  assert.notEqual(message?.buffer, chunk.buffer);
});

test('a message that is too long, or compressed, is refused before its bytes have come', () => {
  const long = new MessageReader(MAX_BYTES);
  long.push(Buffer.from([0, 0, 0, 0, 101]));
  assert.throws(() => long.next(), /a message of 101 bytes; at most 100 are taken/);
  const compressed = new MessageReader(MAX_BYTES);
  compressed.push(Buffer.from([1, 0, 0, 0, 1]));
  assert.throws(() => compressed.next(), /compressed/);
});

test('a message cut short is one that has begun', () => {
  const reader = new MessageReader(MAX_BYTES);
  assert.deepEqual(readAll(reader, prefixedMessage(Buffer.from('audio')).subarray(0, 7)), []);
  assert.equal(reader.isInMessage, true);
});

test('a chunk that comes before the last one was read goes behind it', () => {
  const reader = new MessageReader(MAX_BYTES);
  const data = Buffer.concat(['one', 'two', 'three'].map((text) => prefixedMessage(Buffer.from(text))));
  reader.push(data.subarray(0, 10));
  assert.equal(reader.next()?.toString(), 'one');
  assert.deepEqual(readAll(reader, data.subarray(10)), ['two', 'three']);
});
