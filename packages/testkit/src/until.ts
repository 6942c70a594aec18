import { setImmediate } from 'node:timers/promises';

/** Asks again and again, and lets what is under way go on meanwhile, until `isSo` holds. The test has a time limit. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await setImmediate();
}
