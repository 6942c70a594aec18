import type { Clock } from '../session/ports/clock.ts';

/** Settles after `ms`, or at once when `signal` is aborted. Never rejects. */
export function delay(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = clock.setTimer(ms, finish);
    signal.addEventListener('abort', finish);
    if (signal.aborted) finish();
  });
}

/** What `promise` gives, or `undefined` as soon as `signal` is aborted. */
export function unlessAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignal,
): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    const abort = (): void => resolve(undefined);
    signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    if (signal.aborted) abort();
  });
}
