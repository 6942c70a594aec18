import type { RedisAddress } from './redis-address.ts';
import type { RedisReply } from './redis-reply.ts';

/** An error that Redis answered, apart from failures of the connection. */
export class ReplyError extends Error {
  override readonly name: string = 'ReplyError';

  /** The first word, such as `ERR` or `READONLY`; in a script, that of the command there that failed. */
  get code(): string {
    // Until Redis 7: `ERR Error running script (call to f_...): @user_script:6: @user_script: 6: -READONLY ...`.
    const inScript = /^ERR Error running script .*?: -([A-Z]+)/.exec(this.message)?.[1];
    return inScript ?? /^[A-Z]+/.exec(this.message)?.[0] ?? 'ERR';
  }
}

/** One connection to Redis, made once and never remade. */
export interface RedisConnection {
  /** Sends a command. Rejects with {@link ReplyError}, or as node-redis does when the connection fails. */
  send(args: readonly string[]): Promise<RedisReply>;
  /** Rejects as `send` does. */
  subscribe(channel: string, onMessage: (message: string) => void): Promise<void>;
  /** Ends the connection at once; what waits for answers rejects. Idempotent. */
  destroy(): void;
}

/** How to connect. */
export interface ConnectionOptions {
  readonly address: RedisAddress;
  readonly db: number;
  readonly clientName: string;
  /** Certificates to trust instead of the system's, PEM. */
  readonly caPem: string | undefined;
  readonly connectTimeoutMs: number;
  /** Told when the connection has failed or ended, also while it is made; more than once perhaps. */
  readonly onDown: (error: unknown) => void;
}

/** A connection, and when it can be used. */
export interface OpeningConnection {
  readonly connection: RedisConnection;
  /** Rejects when connecting or the login fails. A server that hangs may keep it open: bound it, then destroy. */
  readonly opened: Promise<unknown>;
}

/** Starts to connect. */
export async function openConnection(options: ConnectionOptions): Promise<OpeningConnection> {
  const { address, db, clientName, caPem, connectTimeoutMs, onDown } = options;
  // Loaded when first needed: most starts of Parley go without Redis, and it takes a tenth of a second.
  const { createClient, ErrorReply } = await import('redis');
  const { host, port, username, password } = address;
  // Reconnecting is the link's business, which also notices servers that hang.
  const socket = { host, port, connectTimeout: connectTimeoutMs, reconnectStrategy: false } as const;
  const client = createClient({
    RESP: 3,
    socket: address.tls ? { ...socket, tls: true, ...(caPem !== undefined && { ca: caPem }) } : socket,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    database: db,
    name: clientName,
    disableOfflineQueue: true,
    // Neither is needed, and access rules often forbid both.
    disableClientInfo: true,
    maintNotifications: 'disabled',
  });
  client.on('error', onDown);
  client.on('end', () => onDown(new Error('connection closed')));
  const convert = (error: unknown): never => {
    throw error instanceof ErrorReply ? new ReplyError(error.message) : error;
  };
  return {
    opened: client.connect(),
    connection: {
      send: (args) => client.sendCommand<RedisReply>([...args]).catch(convert),
      subscribe: (channel, onMessage) => client.subscribe(channel, onMessage).catch(convert),
      destroy: () => client.destroy(),
    },
  };
}
