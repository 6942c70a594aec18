import { setImmediate, setTimeout } from 'node:timers/promises';

/** Looks that follow each other at once: most of what is waited for within a process is there by then. */
const QUICK_LOOKS = 100;
/** Between two later looks, in ms: who waits for another process must leave it the machine. */
const PAUSE_MS = 10;
/** How long anything may take on a machine that is busy, in ms. */
const PATIENCE_MS = 60_000;

/**
 * Asks again and again until `isSo` holds, and lets what is under way go on meanwhile.
 *
 * @param what is waited for, as it stands in the error. Default the condition's code
 * @throws Error when it is not so after a minute
 */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string = isSo.toString(),
): Promise<void> {
  const lateMs = performance.now() + PATIENCE_MS;
  for (let looks = 1; !(await isSo()); looks += 1) {
    if (performance.now() > lateMs) throw new Error(`Waited in vain for ${what}`);
    await (looks < QUICK_LOOKS ? setImmediate() : setTimeout(PAUSE_MS));
  }
}
