import type { RedisClock } from './redis-clock.ts';

/**
 * Waits for `work`, at most `timeoutMs`, then rejects with what `onLate` makes.
 *
 * When this process itself was held up, the deadline and the answer are found together; the answer counts then.
 */
export function withDeadline<T>(
  work: Promise<T>,
  timeoutMs: number,
  clock: RedisClock,
  onLate: () => Error,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let lastLook: NodeJS.Immediate | undefined;
  const timer = clock.setTimer(timeoutMs, () => {
    // Runs after what has come in over the network was read.
    lastLook = setImmediate(() => reject(onLate()));
  });
  const settle = (): void => {
    timer.cancel();
    clearImmediate(lastLook);
  };
  work.then(
    (value) => {
      settle();
      resolve(value);
    },
    (error: unknown) => {
      settle();
      reject(error instanceof Error ? error : new Error(String(error)));
    },
  );
  return promise;
}
