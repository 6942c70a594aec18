import { credentials, type ClientOptions } from '@grpc/grpc-js';
import { formatHostPort, parseWorkerAddress, TTSServiceClient } from '@parley/worker-api';
import { ParleyError } from '../parley-error.ts';
import type { Clock, Timer } from '../session/ports/clock.ts';
import { StreamConnection } from './grpc/stream-connection.ts';

/** A connection to a worker, shared by sessions. */
export interface WorkerChannel {
  /** For single requests. */
  readonly client: TTSServiceClient;
  /** For calls that stream. */
  readonly streams: StreamConnection;
  /** The worker did not answer on it: no other session gets it, the next one connects anew. */
  distrust(): void;
  /** The session needs it no more. Idempotent. */
  release(): void;
}

/** Options of {@link WorkerChannels}. */
export interface WorkerChannelsOptions {
  readonly clock: Clock;
  /**
   * Sessions that share one connection. Default 32. HTTP/2 serves the streams of a connection in the order of
   * their ids: where the window of the connection is narrow for all of them, the youngest get nothing at all.
   */
  readonly sessionsPerConnection?: number;
  /** How long an unused connection is kept, in ms. Default 30,000. */
  readonly idleMs?: number;
}

interface Connection {
  readonly client: TTSServiceClient;
  readonly streams: StreamConnection;
  sessions: number;
  isTrusted: boolean;
  idle: Timer | undefined;
}

const options: ClientOptions = {
  // gRPC servers close connections that are pinged more than once in five minutes without data, and a paused
  // call has none. A dead host is found by our own deadlines, see `distrust`.
  'grpc.keepalive_time_ms': 305_000,
  'grpc.keepalive_timeout_ms': 10_000,
  // A worker that restarts is found again at once: sessions wait for it, and there is one of it.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  // Whoever calls decides about trying again; buffering messages for it would only cost.
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  // Workers are on the operator's own network: a proxy for the web does not lead there.
  'grpc.enable_http_proxy': 0,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_channelz': 0,
};

/** The connections to all workers: made on first use, shared, closed when unused for a while. */
export class WorkerChannels {
  readonly #options: Required<WorkerChannelsOptions>;
  readonly #byAddr = new Map<string, Set<Connection>>();
  #closed = false;

  constructor({ clock, sessionsPerConnection = 32, idleMs = 30_000 }: WorkerChannelsOptions) {
    this.#options = { clock, sessionsPerConnection, idleMs };
  }

  /** Connections that are open or opening. */
  get size(): number {
    let size = 0;
    for (const connections of this.#byAddr.values()) size += connections.size;
    return size;
  }

  /**
   * A connection to the worker at `addr` (`grpc://host:port`) for one session, which must release it. It
   * connects for streams at once, and for single requests with the first of them.
   *
   * @throws ParleyError `WORKER_ADDRESS_INVALID`, and `UNSUPPORTED` after `close()`
   */
  acquire(addr: string): WorkerChannel {
    if (this.#closed) throw new ParleyError('UNSUPPORTED', 'The connections to the workers are closed.');
    const connections = this.#byAddr.get(addr) ?? new Set();
    const connection = this.#withRoom(connections) ?? connect(addr);
    connections.add(connection);
    this.#byAddr.set(addr, connections);
    connection.sessions += 1;
    connection.idle?.cancel();
    connection.idle = undefined;
    let held = true;
    const release = (): void => {
      if (held) this.#release(addr, connection);
      held = false;
    };
    const distrust = (): void => void (connection.isTrusted = false);
    return { client: connection.client, streams: connection.streams, distrust, release };
  }

  /** Closes all connections; calls on them end with an error. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const connections of this.#byAddr.values()) {
      for (const connection of connections) {
        connection.idle?.cancel();
        closeConnection(connection);
      }
    }
    this.#byAddr.clear();
  }

  #withRoom(connections: Iterable<Connection>): Connection | undefined {
    for (const connection of connections) {
      if (connection.isTrusted && connection.sessions < this.#options.sessionsPerConnection) {
        return connection;
      }
    }
    return undefined;
  }

  #release(addr: string, connection: Connection): void {
    connection.sessions -= 1;
    if (connection.sessions > 0 || this.#closed) return;
    if (connection.isTrusted) {
      connection.idle = this.#options.clock.setTimer(this.#options.idleMs, () =>
        this.#drop(addr, connection),
      );
    } else {
      this.#drop(addr, connection);
    }
  }

  #drop(addr: string, connection: Connection): void {
    closeConnection(connection);
    const connections = this.#byAddr.get(addr);
    connections?.delete(connection);
    if (connections?.size === 0) this.#byAddr.delete(addr);
  }
}

function connect(addr: string): Connection {
  const parsed = parseWorkerAddress(addr);
  if (parsed.kind === 'invalid') throw new ParleyError('WORKER_ADDRESS_INVALID', parsed.problem);
  const { address } = parsed;
  const client = new TTSServiceClient(
    formatHostPort(address.host, address.port),
    address.secure ? credentials.createSsl() : credentials.createInsecure(),
    options,
  );
  return { client, streams: new StreamConnection(address), sessions: 0, isTrusted: true, idle: undefined };
}

function closeConnection({ client, streams }: Connection): void {
  client.close();
  streams.close();
}
