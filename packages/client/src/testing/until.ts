import type { ParleySession } from '../session/parley-session.ts';
import type { SessionEvents } from '../session/session-events.ts';

/** Resolves with the first such event that passes. */
export function until<Name extends keyof SessionEvents>(
  session: Pick<ParleySession, 'on'>,
  name: Name,
  passes: (event: SessionEvents[Name]) => boolean,
): Promise<SessionEvents[Name]> {
  return new Promise((resolve) => {
    const stop = session.on(name, (event) => {
      if (!passes(event)) return;
      stop();
      resolve(event);
    });
  });
}

/** How long something may take on a machine that is busy, in ms. */
const PATIENCE_MS = 15_000;

/** Resolves when something is so, looking again with every turn of the event loop. Throws when it never is. */
export async function eventually(isSo: () => boolean): Promise<void> {
  const lateMs = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    if (performance.now() > lateMs) throw new Error(`it never became true: ${isSo.toString()}`);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
