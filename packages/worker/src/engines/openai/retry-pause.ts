import type { Clock } from '../../clock.ts';

/** Waits before another try; `false` when the signal was aborted meanwhile. */
export async function pauseBefore(ms: number, signal: AbortSignal, clock: Clock): Promise<boolean> {
  if (signal.aborted) return false;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = clock.setTimer(ms, resolve);
  const stop = (): void => resolve();
  signal.addEventListener('abort', stop, { once: true });
  await promise;
  timer.cancel();
  signal.removeEventListener('abort', stop);
  return !signal.aborted;
}
