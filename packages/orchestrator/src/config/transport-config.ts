/** How clients reach the orchestrator: the `transport` section. */
export interface TransportConfig {
  readonly websocket: WebSocketConfig;
  readonly livekit: LiveKitConfig;
}

/** The `transport.websocket` section. HTTP shares this listener. */
export interface WebSocketConfig {
  /** Whether clients may connect over WebSocket. Default true. */
  readonly enabled: boolean;
  /** Address to bind. Default `0.0.0.0`. */
  readonly host: string;
  /**
   * TCP port, 1024-65535. Default 8080. A flag (never the file or the environment) may also give 0, which
   * lets the system choose a free port.
   */
  readonly port: number;
  /** Connections served at once, at least 1; more are refused with HTTP 503. Default 100. */
  readonly max_connections: number;
  /** Audio frames (20 ms each) a session may hold before the worker is held back, at least 10. Default 50. */
  readonly frame_queue_size: number;
  /** Largest message a client may send, in bytes, 1,024-16,777,216; a larger one closes 1009. Default 262,144. */
  readonly max_message_bytes: number;
  /** Messages a second a client may send. Default 200; 0 means unlimited. */
  readonly max_messages_per_second: number;
  /** Seconds between pings, 0-3,600; two missed ones end the connection. Default 20; 0 means no pings. */
  readonly ping_interval_seconds: number;
  /** How long a full socket may make no progress before it is closed with 1013, in ms, 100-600,000. Default 5000. */
  readonly slow_consumer_timeout_ms: number;
  /** How far ahead of real time audio is sent, in ms, 0-2,000. Default 60. */
  readonly playout_lead_ms: number;
  /** The same for clients of `parley.v1`, which can be told to drop what they have, in ms, 0-2,000. Default 200. */
  readonly v1_playout_lead_ms: number;
  /** How long a client may take over its upgrade request, in ms, 100-120,000. Default 10,000. */
  readonly handshake_timeout_ms: number;
}

/** The `transport.livekit` section. `url`, `api_key` and `api_secret` are required once it is enabled. */
export interface LiveKitConfig {
  /** Whether LiveKit rooms are served. Default false. */
  readonly enabled: boolean;
  /** Server address, `ws://` or `wss://` (also `http(s)://`). */
  readonly url?: string;
  /** LiveKit API key. */
  readonly api_key?: string;
  /** LiveKit API secret; never printed. */
  readonly api_secret?: string;
  /** Start of the names of the rooms served. Default `tts-session`. */
  readonly room_prefix: string;
}
