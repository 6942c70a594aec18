import { status } from '@grpc/grpc-js';
import { WorkerError, type WorkerErrorCode } from '../worker-error.ts';

const statuses: Partial<Record<WorkerErrorCode, status>> = {
  BAD_OPTIONS: status.INVALID_ARGUMENT,
  ENGINE_BUSY: status.RESOURCE_EXHAUSTED,
  ENGINE_UNAVAILABLE: status.UNAVAILABLE,
  ENGINE_TIMEOUT: status.DEADLINE_EXCEEDED,
  ENGINE_REFUSED: status.FAILED_PRECONDITION,
};

/** The gRPC status that tells an orchestrator of a failed synthesis; `INTERNAL` for all that is not named. */
export function statusOf(error: unknown): status {
  return (error instanceof WorkerError ? statuses[error.code] : undefined) ?? status.INTERNAL;
}
