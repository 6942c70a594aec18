import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { ERROR_CODES } from '../error-table.ts';
import { SESSION_END_REASONS, type ServerMessage } from '../server-messages.ts';
import { decodeServerMessage } from './decode-server-message.ts';
import { encodeAudioMessage, encodeServerMessage } from './encode-server-message.ts';

interface Fixture {
  readonly name: string;
  readonly wire: string;
  readonly message: ServerMessage;
}

const FIXTURES: readonly Fixture[] = JSON.parse(
  readFileSync(new URL('./fixtures/server-messages.json', import.meta.url), 'utf8'),
);

function encode(message: ServerMessage): string {
  return message.type === 'audio' ? encodeAudioMessage(message) : encodeServerMessage(message);
}

describe('messages from servers', () => {
  for (const { name, wire, message } of FIXTURES) {
    test(`${name} has its golden form both ways`, () => {
      assert.equal(encode(message), wire);
      assert.deepEqual(decodeServerMessage(wire), { kind: 'ok', message });
    });
  }

  test('every error and every reason of an end passes both ways', () => {
    const messages: ServerMessage[] = [
      ...ERROR_CODES.map((code) => ({ type: 'error' as const, message: 'm', code })),
      ...SESSION_END_REASONS.map((reason) => ({ type: 'session_end' as const, session_id: 's', reason })),
    ];
    for (const message of messages) {
      assert.deepEqual(decodeServerMessage(encode(message)), { kind: 'ok', message });
    }
  });

  test('any frame is valid JSON and is decoded to the same message', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.integer({ min: 1 }), (bytes, sequence) => {
        const message: ServerMessage = {
          type: 'audio',
          pcm: Buffer.from(bytes).toString('base64'),
          sample_rate: 48_000,
          frame_ms: 20,
          sequence,
        };
        assert.deepEqual(JSON.parse(encode(message)), message);
        assert.deepEqual(decodeServerMessage(encode(message)), { kind: 'ok', message });
      }),
    );
  });

  test('a type of a newer server is told apart from a broken message', () => {
    const newer = decodeServerMessage('{"type":"hologram","x":1}');
    assert.equal(newer.kind, 'unknown_type');
    assert.equal(newer.type, 'hologram');
    assert.equal(decodeServerMessage('{"x":1}').kind, 'invalid');
  });

  test('a wrong field is named', () => {
    const zero = { type: 'audio', pcm: '', sample_rate: 48_000, frame_ms: 20, sequence: 0 };
    const result = decodeServerMessage(JSON.stringify(zero));
    assert.equal(result.kind, 'invalid');
    assert.match(result.problem, /^"sequence" must be a whole number from 1 to \d+, but is the number 0\.$/);
  });

  test('no string at all makes the decoder throw', () => {
    const type = fc.constantFrom(...FIXTURES.map(({ message }) => message.type));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc
            .tuple(type, fc.jsonValue())
            .map(([type, id]) => JSON.stringify({ type, session_id: id, pcm: id })),
        ),
        (wire) => {
          decodeServerMessage(wire);
        },
      ),
    );
  });
});
