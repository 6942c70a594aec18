import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import type { Clock } from '../session/ports/clock.ts';
import type { Logger } from '../session/ports/logger.ts';
import { errorBody } from './answers.ts';
import { toListenError } from './listen-error.ts';
import { addRefusals, addRoutes, type RouteSources } from './routes.ts';
import { openUpgradeDoor, type UpgradeHandler, wantsWebSocket } from './upgrade-door.ts';

/** Options of {@link createHttpServer}. All parts belong to `main.ts`. */
export interface HttpServerOptions extends Omit<RouteSources, 'condition'> {
  /** Address to bind, such as `127.0.0.1` or `0.0.0.0`. */
  readonly host: string;
  /** TCP port; 0 lets the system choose a free one. */
  readonly port: number;
  /** Takes the WebSocket upgrades on `/` and `/ws`. Without it they are answered with 404. */
  readonly onUpgrade?: UpgradeHandler;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a client may take to send its request line and headers, in milliseconds. Default 10,000. */
  readonly headersTimeoutMs?: number;
}

/** Where a server can be reached. */
export interface BoundAddress {
  /** As it was given in the options. */
  readonly host: string;
  /** The real one where 0 was asked for. */
  readonly port: number;
}

/** The listener that HTTP and WebSocket share. */
export interface HttpServer extends AsyncDisposable {
  /**
   * Begins to listen. Called once. Rejects with a `ParleyError` that says what to do: `ADDRESS_IN_USE`, or
   * `ADDRESS_UNAVAILABLE` where the address or the permission is missing.
   */
  start(): Promise<BoundAddress>;
  /** Says "not ready" and "unavailable" from now on, and goes on answering. Idempotent. */
  drain(): void;
  /** Cuts every connection, upgraded ones as well, and frees the port. Idempotent. */
  close(): Promise<void>;
}

const DEFAULT_HEADERS_TIMEOUT_MS = 10_000;
/** How often timeouts are looked for. */
const MAX_TIMEOUT_CHECK_MS = 1000;
/** No request has a body worth waiting for. */
const BODY_ALLOWANCE_MS = 5000;
const KEEP_ALIVE_MS = 5000;
/** An answer that nobody reads, and all that is not an upgraded connection, ends after this. */
const INACTIVE_MS = 60_000;
const MAX_HEADER_BYTES = 16 * 1024;
const MS_PER_SECOND = 1000;

/** Makes the server; nothing listens before `start`. Created and closed by `main.ts`. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { host, port, clock, logger } = options;
  const startedAtMs = clock.nowMs();
  const sockets = new Set<Socket>();
  let draining = false;
  let closing: Promise<void> | undefined;

  const app: FastifyInstance = fastify({
    // Names of workers and models are longer than the 100 characters that a part of a path may have by default.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1024 },
    forceCloseConnections: true,
    serverFactory: (handler) => {
      const server = openListener(handler, options.headersTimeoutMs ?? DEFAULT_HEADERS_TIMEOUT_MS);
      // Node forgets about sockets that were upgraded, and would wait for them for ever when closing.
      server.on('connection', (socket: Socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
        if (closing !== undefined) socket.destroy();
      });
      return server;
    },
  });
  openUpgradeDoor(app.server, options.onUpgrade);
  app.addHook('onSend', async (_request, reply) => {
    if (draining) void reply.header('connection', 'close');
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
    void reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer');
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return reply.code(status).send(errorBody('INVALID_REQUEST', error.message));
    logger.error({ err: error, path: request.routeOptions.url }, 'could not answer an HTTP request');
    return reply.code(500).send(errorBody('INTERNAL_ERROR', 'the server could not answer; its log says why'));
  });
  addRefusals(app);
  addRoutes(app, {
    ...options,
    condition: () => ({ uptimeSeconds: (clock.nowMs() - startedAtMs) / MS_PER_SECOND, draining }),
  });

  async function close(): Promise<void> {
    closing ??= app.close();
    for (const socket of sockets) socket.destroy();
    await closing;
  }

  return {
    async start() {
      try {
        await app.listen({ host, port });
      } catch (error) {
        await close();
        throw toListenError(error, host, port);
      }
      const address = app.server.address();
      return { host, port: typeof address === 'object' && address !== null ? address.port : port };
    },
    drain: () => {
      draining = true;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function openListener(handler: Parameters<typeof createServer>[1], headersTimeoutMs: number): Server {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: headersTimeoutMs,
      requestTimeout: headersTimeoutMs + BODY_ALLOWANCE_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: Math.min(headersTimeoutMs, MAX_TIMEOUT_CHECK_MS),
      shouldUpgradeCallback: wantsWebSocket,
      // Frames are small and must leave at once.
      noDelay: true,
    },
    handler,
  );
  server.timeout = INACTIVE_MS;
  return server;
}
