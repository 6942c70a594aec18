import type { Clock } from '../session/ports/clock.ts';

const FIRST_MS = 200;
/** Longest wait before another try, in ms. */
export const LONGEST_RETRY_DELAY_MS: number = 3000;

/**
 * How long to wait before another try, in ms: what the server asked for, otherwise 200 ms, doubled with every try
 * and up to half of it left to chance, at most 3 s.
 *
 * @param attempt 1 for the first retry
 */
export function retryDelayMs(
  attempt: number,
  retryAfterMs: number | undefined,
  random: () => number = Math.random,
): number {
  const backOff = FIRST_MS * 2 ** (attempt - 1) * (1 - random() / 2);
  return Math.min(LONGEST_RETRY_DELAY_MS, retryAfterMs ?? backOff);
}

/** Waits so long, or until the signal is aborted, whichever comes first. */
export async function waitFor(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => resolve();
  const timer = clock.setTimer(ms, done);
  signal.addEventListener('abort', done, { once: true });
  await promise;
  timer.cancel();
  signal.removeEventListener('abort', done);
}
