import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import {
  CONTROL_COMMANDS,
  MAX_TEXT_CHARACTERS,
  SUBSCRIBABLE_EVENTS,
  type ClientMessage,
} from '../client-messages.ts';
import { decodeClientMessage } from './decode-client-message.ts';
import { encodeClientMessage } from './encode-client-message.ts';

function read(file: string): string {
  return readFileSync(new URL(`./fixtures/${file}.json`, import.meta.url), 'utf8');
}

const VALID: readonly { name: string; wire: string; message: ClientMessage }[] = JSON.parse(
  read('client-messages'),
);
const INVALID: readonly { wire: string; problem: string }[] = JSON.parse(read('invalid-client-messages'));

function problemOf(text: string): string {
  const result = decodeClientMessage(text);
  assert.equal(result.kind, 'invalid');
  return result.problem;
}

/** With this, records have the prototype of ordinary objects, as decoded messages do. */
const PLAIN = { noNullPrototype: true } as const;

const anyMessage: fc.Arbitrary<ClientMessage> = fc.oneof(
  fc.record(
    {
      type: fc.constant('text' as const),
      text: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 50 }),
      is_final: fc.boolean(),
    },
    PLAIN,
  ),
  fc.record({ type: fc.constant('control' as const), command: fc.constantFrom(...CONTROL_COMMANDS) }, PLAIN),
  fc.record(
    {
      type: fc.constant('audio_in' as const),
      pcm: fc
        .uint8Array({ minLength: 1, maxLength: 20 })
        .map((b) => Buffer.concat([b, b]).toString('base64')),
    },
    PLAIN,
  ),
  fc.record(
    {
      type: fc.constant('subscribe' as const),
      events: fc.uniqueArray(fc.constantFrom(...SUBSCRIBABLE_EVENTS)),
    },
    PLAIN,
  ),
);

describe('messages from clients', () => {
  for (const { name, wire, message } of VALID) {
    test(`${name} is decoded`, () => {
      assert.deepEqual(decodeClientMessage(wire), { kind: 'ok', message });
    });
  }

  for (const { wire, problem } of INVALID) {
    test(`${JSON.stringify(wire)} is refused with what is wrong and what would be right`, () => {
      assert.deepEqual(decodeClientMessage(wire), { kind: 'invalid', problem });
    });
  }

  test('the length of a text is counted in code points', () => {
    for (const character of ['a', '😀']) {
      const longest = JSON.stringify({ type: 'text', text: character.repeat(MAX_TEXT_CHARACTERS) });
      const tooLong = JSON.stringify({ type: 'text', text: character.repeat(MAX_TEXT_CHARACTERS + 1) });
      assert.equal(decodeClientMessage(longest).kind, 'ok');
      assert.match(problemOf(tooLong), /^"text" must be at most 10000 characters, but is .*… \(\d+ char/);
    }
  });

  test('what a client sent is repeated escaped and cut short', () => {
    const hostile = '\u001b[31m\u202e\n"\u2028'.repeat(10_000);
    for (const wire of [
      hostile,
      JSON.stringify(hostile),
      JSON.stringify({ type: hostile }),
      JSON.stringify({ type: 'control', command: hostile }),
      JSON.stringify({ type: 'audio_in', pcm: hostile }),
    ]) {
      const problem = problemOf(wire);
      assert.ok(problem.length < 1_000, `${problem.length} characters`);
      assert.doesNotMatch(problem, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }
  });

  test('deep nesting is refused and not followed', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    assert.match(problemOf(deep), /is an array/);
    assert.match(problemOf(`{"type":"text","text":${deep}}`), /"text" must be a string, but is an array/);
    assert.match(problemOf('['.repeat(100_000)), /not JSON/);
  });

  test('a list of events without end is refused', () => {
    assert.match(
      problemOf(JSON.stringify({ type: 'subscribe', events: Array(33).fill('state') })),
      /at most 32/,
    );
  });

  test('no string at all makes the decoder throw', () => {
    const field = fc.oneof(fc.constantFrom('text', 'command', 'pcm', 'events', '__proto__'), fc.string());
    const type = fc.constantFrom('text', 'control', 'audio_in', 'subscribe', '__proto__', 'toString');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.json(),
          fc
            .tuple(type, fc.dictionary(field, fc.jsonValue()))
            .map(([type, fields]) => JSON.stringify({ ...fields, type })),
        ),
        (wire) => {
          const result = decodeClientMessage(wire);
          if (result.kind === 'invalid') assert.ok(result.problem.length < 1_000);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('what is encoded is decoded to the same message', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        assert.deepEqual(decodeClientMessage(encodeClientMessage(message)), { kind: 'ok', message });
      }),
    );
  });
});
