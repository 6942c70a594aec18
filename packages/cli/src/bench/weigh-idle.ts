import type { IdleCase } from './bench-report.ts';
import { type RigOptions, withRig } from './rig.ts';

/**
 * Opens silent connections, as many as the options have sessions, and weighs what one adds to the resident
 * memory of the server and, if it is given, of the bare pipe. `undefined` when the server's memory is not known.
 */
export async function weighIdle(
  server: RigOptions,
  barePipe: RigOptions | undefined,
): Promise<IdleCase | undefined> {
  const serverBytesEach = await weigh(server);
  if (serverBytesEach === undefined) return undefined;
  const barePipeBytesEach = barePipe && (await weigh(barePipe));
  return { connections: server.sessions, serverBytesEach, barePipeBytesEach };
}

function weigh(options: RigOptions): Promise<number | undefined> {
  return withRig(options, async ({ atStart, atIdle }) => {
    if (atStart === undefined || atIdle === undefined) return undefined;
    return (atIdle.rssBytes - atStart.rssBytes) / options.sessions;
  });
}
