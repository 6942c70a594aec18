import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Which core each process may run on; `undefined` means any. */
export interface CorePlan {
  /** The server or the bare pipe: alone on its core. */
  readonly target: number | undefined;
  readonly worker: number | undefined;
  readonly generator: number | undefined;
  /** For people: what was done, or why nothing. */
  readonly note: string;
}

/** Sets the target apart from worker and load generator where the machine can. */
export function planCores(pin: boolean): CorePlan {
  const free = { target: undefined, worker: undefined, generator: undefined };
  if (!pin) return { ...free, note: 'not pinned (--no-pin)' };
  const cores = availableParallelism();
  if (cores < 2) return { ...free, note: 'not pinned: one core only' };
  try {
    execFileSync('taskset', ['-c', '0', 'true'], { stdio: 'ignore' });
  } catch {
    return { ...free, note: 'not pinned: there is no taskset' };
  }
  const generator = cores > 2 ? 2 : 1;
  return {
    target: 0,
    worker: 1,
    generator,
    note: `target on core 0, worker on core 1, load generator on core ${generator} (taskset)`,
  };
}
