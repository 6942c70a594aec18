import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { blamesWorker } from './blame.ts';
import type { SpeechFailureReason } from './speech-metrics.ts';

const cases: readonly (readonly [SpeechFailureReason, status | undefined, boolean])[] = [
  ['worker_error', status.UNAVAILABLE, true],
  ['worker_error', status.INTERNAL, true],
  ['worker_error', status.UNKNOWN, true],
  ['worker_error', status.RESOURCE_EXHAUSTED, false],
  ['worker_error', status.CANCELLED, false],
  ['worker_error', status.INVALID_ARGUMENT, false],
  ['worker_error', status.NOT_FOUND, false],
  ['start_refused', status.RESOURCE_EXHAUSTED, false],
  ['start_refused', undefined, false],
  ['start_refused', status.INTERNAL, true],
  ['start_refused', status.UNAUTHENTICATED, true],
  ['worker_error', status.PERMISSION_DENIED, true],
  ['start_refused', status.INVALID_ARGUMENT, false],
  ['start_unreachable', status.UNAVAILABLE, true],
  ['start_timeout', undefined, true],
  ['first_frame_timeout', undefined, true],
  ['frame_gap_timeout', undefined, true],
  ['segment_timeout', undefined, true],
  ['protocol', undefined, true],
  ['no_audio', undefined, false],
  ['language', undefined, false],
];

for (const [reason, code, expected] of cases) {
  const how = code === undefined ? reason : `${reason} with ${status[code]}`;
  test(`${how} ${expected ? 'speaks' : 'does not speak'} against the worker`, () => {
    assert.equal(blamesWorker(reason, code), expected);
  });
}
