import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { randomBytes } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { ResamplerFactory } from '@parley/audio';
import { PARLEY_V1 } from '@parley/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock, Timer } from '../../session/ports/clock.ts';
import type { Logger } from '../../session/ports/logger.ts';
import type { SessionHost, Transport } from '../base.ts';
import { BaseDialect } from './base-dialect.ts';
import type { Dialect } from './dialect.ts';
import { ParleyV1Dialect } from './parley-v1-dialect.ts';
import { decideUpgrade, type UpgradeDecision, type UpgradePolicy } from './upgrade-policy.ts';
import { WebSocketConnection, type ConnectionLimits } from './websocket-connection.ts';

/** Options of a {@link WebSocketTransport}. */
export interface WebSocketTransportOptions {
  readonly host: SessionHost;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly policy: UpgradePolicy;
  readonly limits: ConnectionLimits;
  /** How far ahead of real time clients' buffers may run, in milliseconds. */
  readonly leadMs: { readonly base: number; readonly v1: number };
  /** From `loadResampler()`. */
  readonly resamplers: ResamplerFactory;
  /** Time between two pings of a connection, in milliseconds; 0 sends none. */
  readonly pingIntervalMs: number;
  /** Called when a client is refused before the upgrade. */
  readonly onRefused: (code: string) => void;
}

/**
 * Clients over WebSocket. It has no listener of its own: the HTTP server hands it the upgrade requests,
 * so that both live on one port.
 */
export class WebSocketTransport implements Transport {
  readonly name = 'websocket';
  readonly #options: WebSocketTransportOptions;
  readonly #server: WebSocketServer;
  readonly #connections = new Set<WebSocketConnection>();
  readonly #emptied: (() => void)[] = [];
  #pingTimer: Timer | undefined;
  #draining = false;

  constructor(options: WebSocketTransportOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      // What is a little too large is read, so that the client can be told what is wrong.
      maxPayload: options.limits.maxMessageBytes * 2,
      // Bad UTF-8 is answered with an error that says so, and the session goes on.
      skipUTF8Validation: true,
      handleProtocols: (offered) => (offered.has(PARLEY_V1) ? PARLEY_V1 : false),
    });
  }

  /** Clients connected now. */
  get connections(): number {
    return this.#connections.size;
  }

  async start(): Promise<void> {
    const { clock, pingIntervalMs } = this.#options;
    if (pingIntervalMs > 0) this.#pingTimer = clock.setInterval(pingIntervalMs, () => this.#pingAll());
  }

  /** Takes an upgrade request from the HTTP server: answers it with a 101 or a plain HTTP refusal. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const decision = decideUpgrade(
      request.headers,
      { connections: this.#connections.size, draining: this.#draining },
      this.#options.policy,
    );
    if (decision.kind === 'refuse') {
      this.#options.onRefused(decision.code);
      refuse(socket, decision);
      return;
    }
    completeHandshakeHeaders(request);
    this.#server.handleUpgrade(request, socket, head, (webSocket) =>
      this.#connected(webSocket, socket, request),
    );
  }

  drain(): void {
    this.#draining = true;
  }

  emptied(timeoutMs: number): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.setTimer(timeoutMs, resolve);
    this.#emptied.push(resolve);
    return promise.finally(() => timer.cancel());
  }

  async close(): Promise<void> {
    this.drain();
    this.#pingTimer?.cancel();
    for (const connection of this.#connections) connection.terminate();
    this.#server.close();
  }

  #connected(socket: WebSocket, stream: Duplex, request: IncomingMessage): void {
    const { clock, host, limits, logger } = this.#options;
    const connection = new WebSocketConnection({
      socket,
      stream,
      clock,
      logger,
      limits,
      dialect: this.#dialectFor(socket.protocol),
      onClosed: () => this.#disconnected(connection),
    });
    this.#connections.add(connection);
    const query = URL.parse(request.url ?? '/', 'http://localhost')?.searchParams ?? new URLSearchParams();
    connection.open(host, query, metadataOf(query));
    if (this.#options.pingIntervalMs > 0) connection.measure();
  }

  #dialectFor(subprotocol: string): Dialect {
    const { leadMs, resamplers } = this.#options;
    return subprotocol === PARLEY_V1
      ? new ParleyV1Dialect(leadMs.v1, resamplers)
      : new BaseDialect(leadMs.base);
  }

  #disconnected(connection: WebSocketConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size > 0) return;
    for (const wake of this.#emptied.splice(0)) wake();
  }

  #pingAll(): void {
    for (const connection of this.#connections) connection.ping();
  }
}

/** Query parameters that a client may set for its session, and their longest value. */
const METADATA_KEYS = ['language', 'voice', 'model_id'] as const;
const MAX_METADATA_LENGTH = 128;

function metadataOf(query: URLSearchParams): Readonly<Record<string, string>> {
  const metadata: Record<string, string> = {};
  for (const key of METADATA_KEYS) {
    const value = query.get(key);
    if (value) metadata[key] = value.slice(0, MAX_METADATA_LENGTH);
  }
  return metadata;
}

/**
 * Lets the simplest check succeed, a request with nothing but `Connection: Upgrade` and
 * `Upgrade: websocket`: what RFC 6455 demands besides and the request lacks altogether is put in.
 */
function completeHandshakeHeaders({ headers }: IncomingMessage): void {
  if (headers['sec-websocket-key'] !== undefined || headers['sec-websocket-version'] !== undefined) return;
  headers['sec-websocket-key'] = randomBytes(16).toString('base64');
  headers['sec-websocket-version'] = '13';
}

function refuse(socket: Duplex, decision: Extract<UpgradeDecision, { kind: 'refuse' }>): void {
  const body = JSON.stringify({ error: { code: decision.code, message: decision.message } });
  const lines = [
    `HTTP/1.1 ${decision.status} ${STATUS_CODES[decision.status]}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  if (decision.retryAfterSeconds !== undefined) lines.push(`Retry-After: ${decision.retryAfterSeconds}`);
  // A refused peer may leave its own side open for ever.
  socket.on('finish', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
