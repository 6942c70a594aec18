import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formatWorkerAddress, parseWorkerAddress } from './worker-address.ts';

test('the three written forms of an address are read', () => {
  const address = { host: 'tts-worker', port: 7002, secure: false };
  assert.deepEqual(parseWorkerAddress('grpc://tts-worker:7002'), { kind: 'ok', address });
  assert.deepEqual(parseWorkerAddress(' tts-worker:7002/ '), { kind: 'ok', address });
  assert.deepEqual(parseWorkerAddress('GRPCS://[::1]:1'), {
    kind: 'ok',
    address: { host: '::1', port: 1, secure: true },
  });
});

test('what is no address is refused with the form that would be right', () => {
  const nonsense = [
    '',
    'localhost',
    'grpc://',
    'grpc://host',
    'http://host:80',
    'host:0',
    'host:65536',
    'a b:1',
    'u@h:1',
    '::1:7001',
  ];
  for (const text of nonsense) {
    const result = parseWorkerAddress(text);
    assert.equal(result.kind, 'invalid', text);
    assert.match(result.problem, /expected grpc:\/\/host:port/);
  }
});

test('a formatted address reads back as itself', () => {
  const host = fc.oneof(fc.domain(), fc.ipV4(), fc.constant('::1'), fc.constant('fe80::1'));
  fc.assert(
    fc.property(host, fc.integer({ min: 1, max: 65_535 }), fc.boolean(), (name, port, secure) => {
      const address = { host: name, port, secure };
      assert.deepEqual(parseWorkerAddress(formatWorkerAddress(address)), { kind: 'ok', address });
    }),
  );
});
