import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { ERROR_CODES } from '../error-table.ts';
import type { ClientMessageV1 } from './client-messages.ts';
import { decodeClientMessageV1 } from './decode-client-message.ts';
import { decodeServerMessageV1 } from './decode-server-message.ts';
import { encodeClientMessageV1 } from './encode-client-message.ts';
import { encodeAudioMessageV1, encodeServerMessageV1 } from './encode-server-message.ts';
import type { ServerMessageV1 } from './server-messages.ts';

interface Fixture<Message> {
  readonly name: string;
  readonly wire: string;
  readonly message: Message;
}

function read<Message>(file: string): readonly Fixture<Message>[] {
  return JSON.parse(readFileSync(new URL(`./fixtures/${file}.json`, import.meta.url), 'utf8'));
}

const FROM_CLIENTS = read<ClientMessageV1>('client-messages');
const FROM_SERVERS = read<ServerMessageV1>('server-messages');

function encode(message: ServerMessageV1): string {
  return message.type === 'audio' ? encodeAudioMessageV1(message) : encodeServerMessageV1(message);
}

function clientProblem(message: object): string {
  const result = decodeClientMessageV1(JSON.stringify(message));
  assert.equal(result.kind, 'invalid');
  return result.problem;
}

function serverProblem(message: object): string {
  const result = decodeServerMessageV1(JSON.stringify(message));
  assert.equal(result.kind, 'invalid');
  return result.problem;
}

/** The message with one field somewhere in it replaced, for every field there is. */
function* withEachFieldReplaced(
  value: unknown,
  replacement: unknown,
  path = '',
): Generator<[string, unknown]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, field] of Object.entries(value)) {
    if (path === '' && name === 'type') continue;
    const inner = path === '' ? name : `${path}.${name}`;
    yield [inner, { ...value, [name]: replacement }];
    for (const [deeper, changed] of withEachFieldReplaced(field, replacement, inner)) {
      yield [deeper, { ...value, [name]: changed }];
    }
  }
}

describe('parley.v1 from clients', () => {
  test('may name an utterance as the server does not', () => {
    const named = (id: string): object => ({ type: 'text', text: 'x', utterance_id: id });
    assert.equal(decodeClientMessageV1(JSON.stringify(named('answer-1'))).kind, 'ok');
    for (const id of ['parley-1', '', 'no spaces', 'x'.repeat(65)]) {
      assert.match(clientProblem(named(id)), /"?utterance_id"? .*do not begin with "parley-"/);
    }
  });

  for (const { name, wire, message } of FROM_CLIENTS) {
    test(`${name} has its golden form both ways`, () => {
      assert.equal(encodeClientMessageV1(message), wire);
      assert.deepEqual(decodeClientMessageV1(wire), { kind: 'ok', message });
    });

    test(`each field of ${name} is refused by name when it is of a wrong type`, () => {
      for (const [path, changed] of withEachFieldReplaced(message, [5])) {
        const result = decodeClientMessageV1(JSON.stringify(changed));
        assert.equal(result.kind, 'invalid', path);
        assert.ok(
          result.problem.includes(`"${path.replace(/^events\..*/, 'events')}`),
          `${path}: ${result.problem}`,
        );
      }
    });
  }

  test('every wrong setting of an update is named, and those that do not exist', () => {
    const problem = clientProblem({
      type: 'session_update',
      language: '',
      output: { encoding: 'mulaw', sample_rate: 16_000 },
      vad: { aggressiveness: 4, agressiveness: 1 },
      colour: 'red',
      speed: 2,
    });
    for (const part of [
      '"language" must be a string of 1 to 128',
      '"output.sample_rate" must be 8000 for "mulaw", but is the number 16000',
      '"vad.aggressiveness" must be a whole number from 0 to 3, but is the number 4',
      '"vad.agressiveness" is not a known field',
      '"colour" is not a known field',
      '"speed" is not a known field',
    ]) {
      assert.ok(problem.includes(part), `${part} in ${problem}`);
    }
  });

  test('an answer to a hostile update stays short and free of control characters', () => {
    const hostile = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`\u202e${i}`.repeat(200), i]));
    for (const update of [hostile, { metadata: hostile }, { vad: hostile }]) {
      const problem = clientProblem({ type: 'session_update', ...update });
      assert.ok(problem.length < 20_000, `${problem.length} characters`);
      assert.doesNotMatch(problem, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }
  });

  test('reports of playback that cannot be are refused', () => {
    for (const [field, value] of [
      ['samples', -1],
      ['samples', 0.5],
      ['samples', 2 ** 53],
      ['generation', -1],
      ['generation', 2 ** 32],
    ] as const) {
      const message = { type: 'played', generation: 0, samples: 0, [field]: value };
      assert.match(clientProblem(message), new RegExp(`^"${field}" must be a whole number from 0`));
    }
  });

  test('no string at all makes the decoder throw', () => {
    const type = fc.constantFrom('session_update', 'text', 'played', 'ping', 'hasOwnProperty');
    const field = fc.constantFrom('output', 'input', 'vad', 'metadata', 'utterance_id', '__proto__', 'x');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc
            .tuple(type, fc.dictionary(field, fc.jsonValue({ maxDepth: 2 })))
            .map(([type, fields]) => JSON.stringify({ ...fields, type })),
        ),
        (wire) => {
          decodeClientMessageV1(wire);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('parley.v1 from servers', () => {
  for (const { name, wire, message } of FROM_SERVERS) {
    test(`${name} has its golden form both ways`, () => {
      assert.equal(encode(message), wire);
      assert.deepEqual(decodeServerMessageV1(wire), { kind: 'ok', message });
    });
  }

  test('a field that the client relies on is refused by name when it is missing or wrong', () => {
    for (const { message } of FROM_SERVERS) {
      for (const name of Object.keys(message).filter((key) => key !== 'type')) {
        assert.match(serverProblem({ ...message, [name]: null }), new RegExp(`^"${name}" must be`));
        const { [name]: _, ...rest } = { ...message } as Record<string, unknown>;
        assert.match(serverProblem(rest), new RegExp(`^"${name}" is missing`));
      }
    }
  });

  test('a server may say how much it had heard when it decided that somebody speaks', () => {
    const message = { type: 'speech_started', at_ms: 1320, decided_at_ms: 1520 } as const;
    assert.deepEqual(decodeServerMessageV1(encode(message)), { kind: 'ok', message });
    assert.match(serverProblem({ ...message, decided_at_ms: 'late' }), /^"decided_at_ms" must be/);
  });

  test('a transcript may say which language was spoken', () => {
    const message = {
      type: 'transcript',
      turn_id: 't1',
      text: 'Halt, bitte.',
      is_final: true,
      language: 'de',
    } as const;
    assert.deepEqual(decodeServerMessageV1(encode(message)), { kind: 'ok', message });
    assert.match(serverProblem({ ...message, language: 1 }), /^"language" must be/);
  });

  test('what a newer server adds is told apart from a broken message', () => {
    const newer = decodeServerMessageV1('{"type":"hologram"}');
    assert.equal(newer.kind, 'unknown_type');
    assert.equal(newer.type, 'hologram');
    for (const type of ['toString', '__proto__']) {
      assert.equal(decodeServerMessageV1(JSON.stringify({ type })).kind, 'unknown_type');
    }
    assert.equal(decodeServerMessageV1('{"type":5}').kind, 'invalid');
    assert.equal(decodeServerMessageV1('{"type":"pong","t":1,"new":true}').kind, 'ok');
  });

  test('every code of the table passes, and an unknown one counts as a failure of the server', () => {
    for (const code of ERROR_CODES) {
      const message = { type: 'error', message: 'm', code } as const;
      assert.deepEqual(decodeServerMessageV1(encode(message)), { kind: 'ok', message });
    }
    assert.deepEqual(decodeServerMessageV1('{"type":"error","message":"m","code":"toString"}'), {
      kind: 'ok',
      message: { type: 'error', message: 'm', code: 'INTERNAL_ERROR' },
    });
  });

  test('no string at all makes the decoder throw', () => {
    const type = fc.constantFrom(...FROM_SERVERS.map(({ message }) => message.type));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.json(),
          fc
            .tuple(type, fc.jsonValue())
            .map(([type, value]) => JSON.stringify({ type, settings: value, generation: value, t: value })),
        ),
        (wire) => {
          decodeServerMessageV1(wire);
        },
      ),
      { numRuns: 500 },
    );
  });
});
