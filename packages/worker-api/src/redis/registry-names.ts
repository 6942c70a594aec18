/** Start of the keys of worker records where nothing else is configured. */
export const DEFAULT_WORKER_KEY_PREFIX = 'worker:';

/** Key of a worker's record: `worker:<name>`. */
export function workerKey(prefix: string, workerName: string): string {
  return `${prefix}${workerName}`;
}

/**
 * Channel on which workers tell that they came, changed or left: `worker:changes`. Each message is the name of
 * one worker, whose record is then read anew. Workers need not use it: they are then found a little later.
 */
export function workerChangesChannel(prefix: string): string {
  return `${prefix}changes`;
}

/**
 * Start of the keys under which places on workers are counted: `lease:` for `worker:`, and in general the last
 * `worker:` replaced, or `lease:` put in front, so that fleets with different prefixes share nothing.
 */
export function leaseKeyPrefix(workerKeyPrefix: string): string {
  return workerKeyPrefix.endsWith(DEFAULT_WORKER_KEY_PREFIX)
    ? `${workerKeyPrefix.slice(0, -DEFAULT_WORKER_KEY_PREFIX.length)}lease:`
    : `lease:${workerKeyPrefix}`;
}
