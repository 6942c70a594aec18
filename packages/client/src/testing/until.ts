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

/** Resolves when something is so, looking again with every turn of the event loop. */
export async function eventually(isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
