import type { WorkerRecord } from '@parley/worker-api';
import type { Clock } from '../session/ports/clock.ts';
import type { WaitForWorkersOptions, WorkerRegistry } from './worker-registry.ts';

/**
 * Waits until `registry` has a worker in its snapshot, for any registry.
 *
 * @param closing aborted when the registry closes: the wait then ends with what there is
 */
export async function waitForFirstWorkers(
  registry: Pick<WorkerRegistry, 'snapshot' | 'onChange'>,
  clock: Clock,
  closing: AbortSignal,
  options: WaitForWorkersOptions,
): Promise<readonly WorkerRecord[]> {
  const { timeoutMs, signal } = options;
  const over = (): boolean => closing.aborted || signal?.aborted === true;
  if (registry.snapshot().length > 0 || timeoutMs <= 0 || over()) return registry.snapshot();
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      timer.cancel();
      stopListening();
      closing.removeEventListener('abort', finish);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = clock.setTimer(timeoutMs, finish);
    const stopListening = registry.onChange(() => {
      if (registry.snapshot().length > 0) finish();
    });
    closing.addEventListener('abort', finish);
    signal?.addEventListener('abort', finish);
  });
  return registry.snapshot();
}
