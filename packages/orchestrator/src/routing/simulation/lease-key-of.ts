import { DEFAULT_WORKER_KEY_PREFIX, leaseKeyPrefix } from '@parley/worker-api';

const PREFIX = leaseKeyPrefix(DEFAULT_WORKER_KEY_PREFIX);

/** Where the lease book keeps the leases on a worker. */
export function leaseKeyOf(workerName: string): string {
  return `${PREFIX}${workerName}`;
}
