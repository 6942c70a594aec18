import { status } from '@grpc/grpc-js';
import type { SpeechFailureReason } from './speech-metrics.ts';

/**
 * Statuses with which a worker says that it has failed, or that it takes nothing from us, as where a token is wrong. The
 * rest is about the request, or about being full.
 */
const faults: ReadonlySet<status> = new Set([
  status.UNKNOWN,
  status.DEADLINE_EXCEEDED,
  status.PERMISSION_DENIED,
  status.UNIMPLEMENTED,
  status.INTERNAL,
  status.UNAVAILABLE,
  status.DATA_LOSS,
  status.UNAUTHENTICATED,
]);

/** Reasons that are the worker's fault whatever was asked of it. */
const failures: ReadonlySet<SpeechFailureReason> = new Set([
  'start_unreachable',
  'start_timeout',
  'first_frame_timeout',
  'frame_gap_timeout',
  'segment_timeout',
  'protocol',
]);

/**
 * Whether a failure speaks against the worker, so that its breaker counts it. A client must not be able to shut
 * workers out by what it asks for, and a worker that is full is well.
 */
export function blamesWorker(reason: SpeechFailureReason, code: status | undefined): boolean {
  return failures.has(reason) || (code !== undefined && faults.has(code));
}
