import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRORS, ERROR_CODES, describeError } from './error-table.ts';

test('overload and shutdown never close as a violation of policy, and may be retried', () => {
  for (const code of ['TOO_MANY_CONNECTIONS', 'SLOW_CONSUMER', 'SESSION_LIMIT', 'RATE_LIMITED'] as const) {
    assert.equal(ERRORS[code].closeCode, 1013);
    assert.equal(ERRORS[code].retryable, true);
  }
  assert.equal(ERRORS.SHUTTING_DOWN.closeCode, 1012);
  assert.equal(ERRORS.MESSAGE_TOO_LARGE.closeCode, 1009);
  assert.equal(ERRORS.INVALID_MESSAGE.closeCode, 1008);
});

test('failures of one utterance leave the session open', () => {
  for (const code of ['WORKER_UNAVAILABLE', 'SYNTHESIS_FAILED', 'TRANSCRIPTION_FAILED'] as const) {
    assert.equal(ERRORS[code].closeCode, undefined);
  }
});

test('auth and origin are refused over HTTP before the upgrade', () => {
  assert.equal(ERRORS.UNAUTHORIZED.httpStatus, 401);
  assert.equal(ERRORS.FORBIDDEN_ORIGIN.httpStatus, 403);
  assert.equal(ERRORS.TOO_MANY_CONNECTIONS.httpStatus, 503);
});

test('an error reads as a sentence with and without a detail', () => {
  assert.equal(describeError('INVALID_MESSAGE'), 'The message is not valid.');
  assert.equal(
    describeError('INVALID_MESSAGE', '"text" is missing.'),
    'The message is not valid: "text" is missing.',
  );
  for (const code of ERROR_CODES) assert.match(ERRORS[code].message, /^[A-Z].*[a-z]$/);
});
