import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseWorkerInput } from './worker-input.ts';

test('nothing at all is a whole set of defaults', () => {
  const result = parseWorkerInput({});
  assert.equal(result.kind, 'ok');
  assert.equal(result.input.engine, 'espeak');
  assert.equal(result.input.host, '127.0.0.1');
  assert.equal(result.input.port, 7001);
  assert.equal(result.input.modelTtlSeconds, 600);
  assert.equal(result.input.modelMinResidencySeconds, 120);
});

test('what comes from a command line, all text, is read like JSON', () => {
  const result = parseWorkerInput({
    port: '0',
    preload: 'a, b,',
    modelTtlSeconds: '1.5',
    engineOptions: { speed: '1' },
  });
  assert.equal(result.kind, 'ok');
  assert.equal(result.input.port, 0);
  assert.deepEqual(result.input.preload, ['a', 'b']);
  assert.equal(result.input.modelTtlSeconds, 1.5);
});

test('all that is wrong is told at once, by name', () => {
  const result = parseWorkerInput({
    engine: 'x',
    port: 'seven',
    maxSessions: 0,
    nonsense: 1,
    advertise: 'bogus://x',
    engineOptions: { a: {} },
  });
  assert.equal(result.kind, 'invalid');
  const text = result.problems.join('\n');
  for (const name of ['engine', 'port', 'maxSessions', 'nonsense', 'advertise', 'engineOptions.a'])
    assert.ok(text.includes(name), name);
  assert.match(text, /^engine: must be one of espeak, tone, openai, sherpa, but is "x"$/m);
  assert.match(text, /^port: must be a whole number from 0 to 65535, but is "seven"$/m);
});

test('an empty address of Redis is answered with its form', () => {
  assert.deepEqual(parseWorkerInput({ redisUrl: '', name: ' ' }), {
    kind: 'invalid',
    problems: [
      'name: must not be empty',
      'redisUrl: must have the form redis://user:password@host:6379/0, or rediss:// for TLS',
    ],
  });
});

test('whatever it is given, it answers', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.anything(), fc.record({ port: fc.anything(), preload: fc.anything() })),
      (value) => {
        const result = parseWorkerInput(value);
        assert.ok(result.kind === 'ok' || result.problems.length > 0);
      },
    ),
  );
});
