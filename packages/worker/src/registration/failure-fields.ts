import { RedisError } from '@parley/worker-api';
import { WorkerError } from '../worker-error.ts';

/** A failure to register as fields of a log line; one that was foreseen needs no stack. */
export function failureFields(error: unknown, place: string | undefined): object {
  const isForeseen = error instanceof RedisError || error instanceof WorkerError;
  return {
    ...(place !== undefined && { registry: place }),
    ...(isForeseen ? { why: error.message } : { err: error }),
  };
}
