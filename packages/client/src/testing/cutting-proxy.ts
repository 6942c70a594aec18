import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A wire between a client and a server that a test can cut. */
export interface CuttingProxy {
  /** The server's address, through the proxy. */
  readonly url: string;
  /** Connections accepted so far. */
  readonly connections: number;
  /** Cuts every connection, on both sides and without a goodbye. */
  cut(): void;
  close(): Promise<void>;
}

/** Starts one in front of a server on this machine. Who starts it closes it. */
export async function startCuttingProxy(serverUrl: string): Promise<CuttingProxy> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let connections = 0;
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    connections += 1;
    const far = connect(Number(target.port), target.hostname);
    track(near);
    track(far);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the proxy has no port');
  const url = new URL(target);
  url.host = `127.0.0.1:${address.port}`;
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: url.href,
    get connections() {
      return connections;
    },
    cut,
    async close() {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
