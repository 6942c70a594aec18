import assert from 'node:assert/strict';
import { constants } from 'node:http2';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { statusFromHeaders, statusFromReset } from './stream-status.ts';

test('a status is read from the headers that end a call', () => {
  const headers = { 'grpc-status': '5', 'grpc-message': 'no model %22caf%C3%A9%22' };
  assert.deepEqual(statusFromHeaders(headers, 200), { code: status.NOT_FOUND, details: 'no model "café"' });
  assert.equal(statusFromHeaders({ 'grpc-status': '0' }, 200).code, status.OK);
  assert.equal(statusFromHeaders({ 'grpc-status': '99' }, 200).code, status.UNKNOWN);
  assert.equal(statusFromHeaders({ 'grpc-status': '', 'grpc-message': '50 %' }, 200).details, '50 %');
});

test('a server that does not know gRPC is judged by its HTTP status', () => {
  const cases = [
    [200, status.UNKNOWN],
    [404, status.UNIMPLEMENTED],
    [401, status.UNAUTHENTICATED],
    [503, status.UNAVAILABLE],
    [418, status.UNKNOWN],
  ] as const;
  for (const [httpStatus, code] of cases) assert.equal(statusFromHeaders({}, httpStatus).code, code);
});

test('a stream that was reset says why', () => {
  const reset = Object.assign(new Error('Stream closed with error code NGHTTP2_INTERNAL_ERROR'), {
    code: 'ERR_HTTP2_STREAM_ERROR',
  });
  assert.deepEqual(statusFromReset(constants.NGHTTP2_INTERNAL_ERROR, reset), {
    code: status.INTERNAL,
    details: reset.message,
  });
  const calm = statusFromReset(constants.NGHTTP2_ENHANCE_YOUR_CALM, undefined);
  assert.deepEqual(calm, { code: status.RESOURCE_EXHAUSTED, details: 'the stream was reset with code 11' });
  assert.equal(statusFromReset(constants.NGHTTP2_PROTOCOL_ERROR, undefined).code, status.INTERNAL);
});

test('a stream whose connection was lost, or never made, is one of a worker that is not there', () => {
  for (const [code, rstCode] of [
    ['ERR_HTTP2_STREAM_CANCEL', constants.NGHTTP2_INTERNAL_ERROR],
    ['ECONNRESET', constants.NGHTTP2_INTERNAL_ERROR],
    ['ERR_HTTP2_SESSION_ERROR', constants.NGHTTP2_CANCEL],
  ] as const) {
    const lost = Object.assign(new Error(`lost: ${code}`), { code });
    assert.deepEqual(statusFromReset(rstCode, lost), {
      code: status.UNAVAILABLE,
      details: `lost: ${code}`,
    });
  }
  assert.equal(statusFromReset(constants.NGHTTP2_CANCEL, undefined).code, status.UNAVAILABLE);
});
