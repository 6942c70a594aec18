import type { SessionSettingsUpdate } from '@parley/protocol/client';
import type { AudioSink } from '../audio-sink.ts';
import type { ClientClock } from '../clock.ts';
import type { DecodeOpus } from '../playback/decode-speech.ts';
import type { OpenWebSocket } from '../web-socket.ts';
import type { ReconnectPolicy } from './reconnect-policy.ts';

/** Options of `connect`. */
export interface ConnectOptions {
  /** Address of the server: `ws://localhost:8080`. Parameters in it are kept. */
  readonly url: string | URL;
  /** Settings to begin with; those not given are the server's. */
  readonly settings?: SessionSettingsUpdate;
  /** Where speech is played; without one it is only handed out as `audio` events. */
  readonly sink?: AudioSink;
  /** Opens sockets where the platform has no `WebSocket`: Node before 22. */
  readonly openWebSocket?: OpenWebSocket;
  /** How a lost connection is sought again; what is not given has its default. */
  readonly reconnect?: Partial<ReconnectPolicy>;
  /** Longest wait for a connection and the start of the session, in ms. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Time between signs of life, in ms; two that are not answered cut the connection. Default 5000. */
  readonly heartbeatMs?: number;
  /** Most characters sent that the server has not confirmed; beyond, sending throws. Default 1,048,576. */
  readonly maxUnconfirmedCharacters?: number;
  /** Microphone audio kept while there is no connection, in ms; the newest is kept. Default 2000. */
  readonly microphoneBacklogMs?: number;
  /** Decodes speech where `settings.output.encoding` is `opus`. */
  readonly decodeOpus?: DecodeOpus;
  /** Gives up connecting, or closes the session. */
  readonly signal?: AbortSignal;
  /** Time; for tests. */
  readonly clock?: ClientClock;
  /** Randomness of waits, from 0 to below 1; for tests. Default `Math.random`. */
  readonly random?: () => number;
}
