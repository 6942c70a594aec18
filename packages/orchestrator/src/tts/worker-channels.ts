import { credentials, type ChannelInterface, type ClientOptions } from '@grpc/grpc-js';
import { formatHostPort, parseWorkerAddress, TTSServiceClient } from '@parley/worker-api';
import { ParleyError } from '../parley-error.ts';
import type { Clock, Timer } from '../session/ports/clock.ts';

/** A connection to a worker, shared by sessions. */
export interface WorkerChannel {
  /** For single requests. */
  readonly client: TTSServiceClient;
  /** For calls that stream. */
  readonly channel: ChannelInterface;
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
  readonly channel: ChannelInterface;
  sessions: number;
  isTrusted: boolean;
  idle: Timer | undefined;
}

/** The largest message taken from a worker: 43 s of audio at 48 kHz. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/**
 * What may be under way unread, on a call and on a connection (grpc-js has one number for both): 1.3 s of audio
 * for a session that is held back, and 32 speaking sessions while a busy worker answers within 40 ms.
 */
const WINDOW_BYTES = 128 * 1024;

const options: ClientOptions = {
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc-node.flow_control_window': WINDOW_BYTES,
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
   * connects with the first call.
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
    return { client: connection.client, channel: connection.channel, distrust, release };
  }

  /** Closes all connections; calls on them end with an error. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const connections of this.#byAddr.values()) {
      for (const connection of connections) {
        connection.idle?.cancel();
        connection.client.close();
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
    connection.client.close();
    const connections = this.#byAddr.get(addr);
    connections?.delete(connection);
    if (connections?.size === 0) this.#byAddr.delete(addr);
  }
}

function connect(addr: string): Connection {
  const parsed = parseWorkerAddress(addr);
  if (parsed.kind === 'invalid') throw new ParleyError('WORKER_ADDRESS_INVALID', parsed.problem);
  const { host, port, secure } = parsed.address;
  const target = formatHostPort(host, port);
  const client = new TTSServiceClient(
    target,
    secure ? credentials.createSsl() : credentials.createInsecure(),
    options,
  );
  return { client, channel: client.getChannel(), sessions: 0, isTrusted: true, idle: undefined };
}
