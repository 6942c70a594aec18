import { Connection } from './connection.ts';
import type { Orchestrator, World } from './world.ts';

const TEXT = 'Somebody who only stands in the way of others for a while.';
const PATIENCE_MS = 15_000;

/**
 * Has so many clients come at once who take a place and hold it in silence, until each has one or was told that
 * there is none; then all leave. Tells how many had found a place.
 */
export async function crowd(world: World, { server }: Orchestrator, size: number): Promise<number> {
  const connections: Connection[] = [];
  const arrivals = Array.from({ length: size }, () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const connection = new Connection(server.wsUrl, {
      onFrame() {},
      onMessage({ type }) {
        if (type === 'session_start') {
          connection.send({ type: 'text', text: TEXT, is_final: true });
        } else if (type === 'utterance_start') {
          connection.send({ type: 'control', command: 'PAUSE' });
          resolve(true);
        } else if (type === 'error') resolve(false);
      },
      onClosed: () => resolve(false),
    });
    connections.push(connection);
    return promise;
  });
  // Nobody of them need be served where other trouble is going on.
  const late = world.sleep(PATIENCE_MS).then(() => false);
  const placed = await Promise.all(arrivals.map((arrival) => Promise.race([arrival, late])));
  for (const connection of connections) connection.close();
  return placed.filter(Boolean).length;
}
