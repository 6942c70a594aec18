import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureReason } from './failure-reason.ts';
import { parseRedisAddress } from './redis-address.ts';
import { leaseKeyPrefix } from './registry-names.ts';

test('an address is read whole, with defaults for what it leaves out', () => {
  assert.deepEqual(parseRedisAddress('redis://localhost'), { host: 'localhost', port: 6379, tls: false });
  assert.deepEqual(parseRedisAddress('rediss://voice:p%40ss%2F@redis.example:6380/3'), {
    host: 'redis.example',
    port: 6380,
    tls: true,
    username: 'voice',
    password: 'p@ss/',
    db: 3,
  });
  assert.deepEqual(parseRedisAddress('redis://:secret@[::1]:7/'), {
    host: '::1',
    port: 7,
    tls: false,
    password: 'secret',
  });
});

test('an address that cannot be read is refused without being repeated', () => {
  for (const url of [
    '',
    'http://hunter2@x',
    'redis://',
    'redis://:hunter2@x/db',
    'redis://:hunter2%@x',
    'redis://hunter2:x:y@:',
  ]) {
    assert.throws(
      () => parseRedisAddress(url),
      (error: Error & { code?: string }) =>
        error.code === 'REDIS_URL_INVALID' &&
        !JSON.stringify([error.message, String(error.cause)]).includes('hunter2'),
      url,
    );
  }
});

test('a reason is short, and holds no password', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:6379'), { code: 'ECONNREFUSED' });
  assert.equal(failureReason(refused, 'x'), 'connection refused');
  assert.equal(failureReason(new AggregateError([refused]), 'x'), 'connection refused');
  assert.match(failureReason(new Error('WRONGPASS invalid username-password pair'), 'x'), /^login refused/);
  const old = 'ERR unknown command `HELLO`, with args beginning with: `3` `AUTH` `default` `hunter2`';
  assert.doesNotMatch(failureReason(new Error(old), undefined), /hunter2/);
  assert.equal(failureReason(new Error('odd: hunter2'), 'hunter2'), 'odd: ***');
});

test('fleets with different key prefixes share no leases', () => {
  assert.equal(leaseKeyPrefix('worker:'), 'lease:');
  assert.equal(leaseKeyPrefix('eu:worker:'), 'eu:lease:');
  assert.equal(leaseKeyPrefix('tts/'), 'lease:tts/');
});
