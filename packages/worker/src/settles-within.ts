import type { Clock } from './clock.ts';

/** Waits for `work`, at most `timeoutMs`; tells whether it settled. Rejects as `work` does within that time. */
export async function settlesWithin(
  work: Promise<unknown>,
  timeoutMs: number,
  clock: Clock,
): Promise<boolean> {
  const { promise: timeout, resolve } = Promise.withResolvers<false>();
  const timer = clock.setTimer(timeoutMs, () => resolve(false));
  try {
    return await Promise.race([work.then(() => true), timeout]);
  } finally {
    timer.cancel();
  }
}
