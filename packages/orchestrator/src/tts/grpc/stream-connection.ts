import {
  connect,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionOptions,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { TcpNetConnectOpts } from 'node:net';
import { formatHostPort, type WorkerAddress } from '@parley/worker-api';

/** What may be under way unread on one call: 1.3 s of audio for a session that is held back. */
const STREAM_WINDOW_BYTES = 128 * 1024;
/** The same on a connection. A held call does not use it up, so it only has to cover a busy moment of ours. */
const CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024;

const CONNECT_OPTIONS: ClientSessionOptions & Pick<TcpNetConnectOpts, 'keepAlive' | 'keepAliveInitialDelay'> =
  {
    settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
    // An idle connection is probed by TCP, lest a router between forgets it.
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
  };

/**
 * An HTTP/2 connection to a worker, for streams. It connects when it is made, and anew for the first stream after it
 * was lost. Whoever makes it closes it.
 */
export class StreamConnection {
  readonly #authority: string;
  /** The one that takes streams, and those that end what they have because their server told them to go away. */
  readonly #sessions = new Set<ClientHttp2Session>();
  #session: ClientHttp2Session;
  #closed = false;

  constructor({ host, port, secure }: WorkerAddress) {
    this.#authority = `${secure ? 'https' : 'http'}://${formatHostPort(host, port)}`;
    this.#session = this.#connect();
  }

  /**
   * Opens a stream for a call of the gRPC method `path`, with this metadata. One that cannot be opened, as this is
   * closed or its server cannot be reached, emits `error` and `close`.
   */
  open(path: string, metadata: OutgoingHttpHeaders = {}): ClientHttp2Stream {
    if (!this.#closed && (this.#session.destroyed || this.#session.closed)) this.#session = this.#connect();
    return this.#session.request({
      ...metadata,
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      // Tells an HTTP/2 server to share the connection among its streams (RFC 9218, incremental). Without it Node
      // serves a busy connection stream by stream, and the youngest sessions hear nothing.
      priority: 'u=3, i',
    });
  }

  /** Cuts the connection and all its streams. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const session of this.#sessions) session.destroy();
  }

  #connect(): ClientHttp2Session {
    const session = connect(this.#authority, CONNECT_OPTIONS);
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    session.on('connect', () => {
      // One that is closed while it connects does connect, where the server is slow, and says so.
      if (session.destroyed) return;
      session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
      // Of itself a session waits, when its peer is gone, for streams to be read to an end that never comes.
      session.socket.once('close', () => session.destroy());
    });
    // The streams are told as well, and it is they who are missed.
    session.on('error', () => {});
    return session;
  }
}
